"""People in a call: real pages, real media, the real server."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from playwright.async_api import Browser, expect

from tests.support.guest import Guest, guest
from tests.support.room import make_room
from tests.support.server import RunningServer, running_server

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]


async def walk_in(
    stack: AsyncExitStack, browser: Browser, server: RunningServer, room_id: str, *names: str
) -> list[Guest]:
    """Everybody comes in at the same time."""
    people = [await stack.enter_async_context(guest(browser, server.url)) for _ in names]
    await asyncio.gather(
        *(one.walk_in(room_id, name) for one, name in zip(people, names, strict=True))
    )
    return people


@pytest.mark.parametrize("count", [2, *(pytest.param(n, marks=pytest.mark.alone) for n in (3, 4))])
async def test_everyone_sees_and_hears_everyone(
    browser: Browser, server: RunningServer, count: int
) -> None:
    room = await make_room(server.url)
    async with AsyncExitStack() as stack:
        names = ["Ana", "Bo", "Cy", "Di"][:count]
        people = await walk_in(stack, browser, server, room.id, *names)
        await asyncio.gather(*(one.hears_and_sees(count - 1) for one in people))
        for one in people:
            await expect(one.page.locator("figure.tile")).to_have_count(count)
            for name in names:
                await expect(one.tile(name).locator("figcaption")).to_contain_text(name)
            for id_ in await one.inbound():
                video = one.page.locator(f"[data-participant='{id_}'] video")
                await expect(video).to_have_js_property("paused", value=False)


async def test_joining_by_hand_through_the_lobby(browser: Browser, server: RunningServer) -> None:
    async with guest(browser, server.url) as host, guest(browser, server.url) as other:
        await host.page.goto(server.url)
        await host.button("New room").click()
        await host.page.get_by_label("Your name").fill("Ana")
        await host.button("Join").click()
        await host.in_the_call()
        link = host.page.url
        await other.page.goto(f"{link}?debug=1")
        await expect(other.page.get_by_text("Ana is in the room")).to_be_visible()
        await other.page.get_by_label("Your name").fill("Bo")
        await other.button("Join").click()
        await other.in_the_call()
        await other.hears_and_sees(1)
        await expect(host.tile("Bo")).to_be_visible()


async def test_mute_and_camera_off_reach_the_others_without_renegotiation(
    browser: Browser, server: RunningServer
) -> None:
    room = await make_room(server.url)
    async with AsyncExitStack() as stack:
        ana, bo = await walk_in(stack, browser, server, room.id, "Ana", "Bo")
        await asyncio.gather(ana.hears_and_sees(1), bo.hears_and_sees(1))
        for one in (ana, bo):
            await one.page.evaluate(
                """() => {
                  globalThis.renegotiations = 0;
                  for (const c of Object.values(greenroomDebug.peerConnections()))
                    c.addEventListener("signalingstatechange", () => { renegotiations += 1; });
                }"""
            )
        await expect(ana.button("Microphone")).to_have_attribute("aria-pressed", "true")
        await ana.button("Microphone").click()
        await expect(ana.button("Microphone")).to_have_attribute("aria-pressed", "false")
        await expect(bo.tile("Ana").locator(".is-off")).to_be_visible()
        await ana.button("Camera").click()
        await expect(ana.button("Camera")).to_have_attribute("aria-pressed", "false")
        await expect(bo.tile("Ana").locator(".avatar")).to_be_visible()
        await ana.button("Microphone").click()
        await ana.button("Camera").click()
        await expect(bo.tile("Ana").locator(".avatar")).to_be_hidden()
        await expect(bo.tile("Ana").locator(".is-off")).to_be_hidden()
        await bo.hears_and_sees(1)
        for one in (ana, bo):
            assert await one.page.evaluate("renegotiations") == 0


async def test_leaving_frees_the_place_and_one_can_go_back_in(
    browser: Browser, server: RunningServer
) -> None:
    room = await make_room(server.url, title="Design review")
    async with AsyncExitStack() as stack:
        ana, bo = await walk_in(stack, browser, server, room.id, "Ana", "Bo")
        await bo.hears_and_sees(1)
        await bo.button("Leave").click()
        await expect(bo.page.get_by_role("heading", name="You left Design review")).to_be_visible()
        await expect(ana.page.locator("figure.tile")).to_have_count(1)
        await bo.button("Go back in").click()
        await bo.in_the_call()
        await asyncio.gather(ana.hears_and_sees(1), bo.hears_and_sees(1))


async def test_a_reloaded_page_is_the_same_participant(
    browser: Browser, server: RunningServer
) -> None:
    room = await make_room(server.url)
    async with AsyncExitStack() as stack:
        ana, bo = await walk_in(stack, browser, server, room.id, "Ana", "Bo")
        await asyncio.gather(ana.hears_and_sees(1), bo.hears_and_sees(1))
        (before,) = await ana.inbound()
        await bo.page.reload()
        await bo.in_the_call()
        await asyncio.gather(ana.hears_and_sees(1), bo.hears_and_sees(1))
        assert list(await ana.inbound()) == [before]
        await expect(ana.page.locator("figure.tile")).to_have_count(2)


async def test_a_closed_page_leaves_the_room_after_the_reload_grace(browser: Browser) -> None:
    async with running_server(reload_grace_s=1.0) as server:
        room = await make_room(server.url)
        async with guest(browser, server.url) as ana:
            await ana.walk_in(room.id, "Ana")
            async with guest(browser, server.url) as bo:
                await bo.walk_in(room.id, "Bo")
                await expect(ana.page.locator("figure.tile")).to_have_count(2)
                await bo.page.goto("about:blank")
                await expect(ana.page.locator("figure.tile")).to_have_count(1)


async def test_chat_reaches_everyone_and_late_joiners_read_it(
    browser: Browser, server: RunningServer
) -> None:
    room = await make_room(server.url)
    async with AsyncExitStack() as stack:
        ana, bo = await walk_in(stack, browser, server, room.id, "Ana", "Bo")
        await ana.button("Chat").click()
        await ana.say("hello from Ana")
        await expect(ana.message("hello from Ana")).to_be_visible()
        unread = bo.page.get_by_role("button", name="Chat").locator("[data-count]")
        await expect(unread).to_have_attribute("data-count", "1")
        await bo.page.get_by_role("button", name="Chat").click()
        await expect(bo.message("hello from Ana")).to_be_visible()
        (late,) = await walk_in(stack, browser, server, room.id, "Late")
        await late.button("Chat").click()
        await expect(late.message("hello from Ana")).to_be_visible()


PAYLOADS = [
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "javascript:alert(1)",
    "https://example.org/\"onmouseover='alert(1)'",
    "<svg/onload=alert(1)>",
    "{{constructor.constructor('alert(1)')()}}",
    "&lt;b&gt;",
    "<style>*{display:none}</style>",
]


async def test_scripts_in_names_titles_and_chat_are_only_text(
    browser: Browser, server: RunningServer
) -> None:
    title = "<img src=x onerror=alert(1)>"
    room = await make_room(server.url, title=title)
    async with AsyncExitStack() as stack:
        evil, bo = await walk_in(stack, browser, server, room.id, "<b onclick=alert(1)>Eve", "Bo")
        await evil.button("Chat").click()
        for payload in PAYLOADS:
            await evil.say(payload)
            await expect(evil.message(payload)).to_be_visible()
        await bo.page.get_by_role("button", name="Chat").click()
        for payload in PAYLOADS:
            await expect(bo.message(payload)).to_be_visible()
        await expect(bo.tile("<b onclick=alert(1)>Eve")).to_be_visible()
        assert await bo.page.locator(".message__text :is(img, script, svg, style)").count() == 0
        for href in await bo.page.locator(".message__text a").evaluate_all(
            "links => links.map((a) => a.protocol)"
        ):
            assert href in ("http:", "https:")
        await bo.button("People").click()
        await expect(bo.page.get_by_text("<b onclick=alert(1)>Eve").first).to_be_visible()


async def test_a_room_that_is_not_there_says_so(browser: Browser, server: RunningServer) -> None:
    async with guest(browser, server.url) as ana:
        await ana.page.goto(f"{server.url}/r/AAAAAAAAAAAAAAAAAAAAAA")
        await expect(ana.page.get_by_role("heading")).to_be_visible()
        await expect(ana.button("New room")).to_be_visible()


async def test_a_key_for_an_earlier_room_of_the_same_name_does_not_keep_its_owner_out(
    browser: Browser,
) -> None:
    async with running_server(room_names=True) as server:
        room = await make_room(server.url, name="standup")
        keys = f"[['{room.id}', 'a-key-for-another-room']]".replace("'", '"')
        async with guest(browser, server.url) as ana:
            await ana.page.add_init_script(f"localStorage.setItem('greenroom.host-keys', '{keys}')")
            await ana.walk_in("standup", "Ana")
            await ana.button("People").click()
            await expect(ana.page.get_by_text("Speaker")).to_be_visible()


async def test_who_made_the_room_is_its_host_and_may_rename_it(
    browser: Browser, server: RunningServer
) -> None:
    async with guest(browser, server.url) as host, guest(browser, server.url) as other:
        await host.page.goto(server.url)
        await host.button("New room").click()
        await host.page.get_by_label("Your name").fill("Ana")
        await host.button("Join").click()
        await host.in_the_call()
        await other.walk_in(host.page.url.rpartition("/")[2], "Bo")
        await host.button("More").click()
        await host.page.get_by_role("menuitem", name="Rename room").click()
        await host.page.get_by_role("dialog").get_by_role("textbox").fill("Opening night")
        await host.page.get_by_role("dialog").get_by_role("button", name="Rename").click()
        await expect(other.page.get_by_text("Opening night").first).to_be_visible()
        await other.button("More").click()
        await expect(other.page.get_by_role("menuitem", name="Rename room")).to_have_count(0)


async def test_a_module_that_did_not_arrive_is_fetched_again(
    browser: Browser, server: RunningServer
) -> None:
    async with guest(browser, server.url) as ana:
        await ana.page.route("**/static/ui/tile.js", lambda route: route.abort(), times=2)
        await ana.page.goto(server.url)
        await expect(ana.button("New room")).to_be_visible()


async def test_a_page_that_never_arrives_whole_says_so(
    browser: Browser, server: RunningServer
) -> None:
    async with guest(browser, server.url) as ana:
        await ana.page.route("**/static/ui/tile.js", lambda route: route.abort())
        await ana.page.goto(server.url)
        await expect(ana.page.get_by_text("Greenroom did not load completely")).to_be_visible(
            timeout=15_000
        )
