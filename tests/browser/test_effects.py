"""Effects in calls of real pages: what the others see of them, when, and what it costs."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import pytest
from playwright.async_api import Browser, expect

from tests.support.bad_filter import BAD_FILTER, KINDS
from tests.support.chromium import chromium
from tests.support.ears import Ears, make_tone
from tests.support.effects_page import card, sees_result, show
from tests.support.eyes import Eyes, make_portrait
from tests.support.guest import Guest, guest
from tests.support.http import asking
from tests.support.room import make_room
from tests.support.server import ServerProcess
from tests.support.waiting import passed

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

NAMES = ("Ana", "Bo", "Cy", "Di")
SLIDER_WITHIN_MS = 200
KEPT_SHARE = 0.9
LONGEST_SILENCE_MS = 100
OWN_PART = "tile__media--self"
EDGES = "frame.colour < 24 && frame.light > 0.03"
FEW_EDGES = "frame.colour < 24 && frame.light < 0.01"
BARE = "frame.colour > 100"

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "halftone" / "halftone.py"
PRINT, PRINT_TURNED = "inks(ink, paper)", "inks(ink, paper[::-1])"
BLUE_PAPER = "frame.blue > 2 * frame.red + 0.1"
RED_PAPER = "frame.red > 2 * frame.blue + 0.1"
NEW_WITHIN_S = 1.0

FRAMES_OF = """
async (id) => {
  const {connection, video} = greenroomDebug.shown()[id];
  for (const report of (await connection.getStats()).values()) {
    if (report.type === "inbound-rtp" && report.trackIdentifier === video?.track.id) {
      return report.framesDecoded;
    }
  }
  return 0;
}
"""

MOVE = """
(slider, value) => {
  const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set;
  set.call(slider, value);
  slider.dispatchEvent(new Event("input", {bubbles: true}));
  return performance.timeOrigin + performance.now();
}
"""


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    tone = make_tone(tmp_path / "tone.wav")
    portrait = make_portrait(tmp_path / "portrait.y4m")
    files = (
        f"--use-file-for-fake-audio-capture={tone}",
        f"--use-file-for-fake-video-capture={portrait}",
    )
    async with chromium(more=files) as it:
        yield it


@pytest.fixture
def filters(tmp_path: Path) -> Path:
    """The operator's directory of filters."""
    made = tmp_path / "filters"
    made.mkdir()
    (made / "bad.py").write_text(BAD_FILTER)
    (made / EXAMPLE.name).write_text(EXAMPLE.read_text())
    return made


@pytest.fixture
async def server(tmp_path: Path, filters: Path) -> AsyncIterator[ServerProcess]:
    it = ServerProcess(tmp_path, direct_after_s=0.5, effects=True, filters=filters)
    await it.start()
    try:
        yield it
    finally:
        await it.stop()


@dataclass
class Call:
    """The pages of one room. The first is the one that uses effects."""

    people: list[Guest] = field(default_factory=list)
    eyes: list[Eyes] = field(default_factory=list)
    ears: list[Ears] = field(default_factory=list)
    performer: str = ""

    async def others_see(self, test: str, since: float = 0.0) -> list[float]:
        watching = (eyes.see(self.performer, test, since) for eyes in self.eyes[1:])
        return await asyncio.gather(*watching)

    async def stills(self) -> list[list[dict[str, object]]]:
        """By page, when pictures of the others stood still.

        One's own result begins small, and waits once for the pacer of one's own browser, which
        has yet to learn what its line carries, when the larger layer begins with its keyframe.
        """
        found = [await ears.stills() for ears in self.ears]
        return [[one for one in page if OWN_PART not in str(one["part"])] for page in found]


async def call_of(
    stack: AsyncExitStack,
    browser: Browser,
    server: ServerProcess,
    count: int,
    *,
    sound: bool = False,
) -> Call:
    call = Call()
    room = await make_room(server.url)
    for name in NAMES[:count]:
        # The first has the panel beside the call. The others are small: four pages share two cores.
        width, height = (640, 480) if call.people else (900, 700)
        page = guest(browser, server.url, width=width, height=height)
        one = await stack.enter_async_context(page)
        ears, eyes = Ears(one.page), Eyes(one.page)
        await ears.put_on(sound=sound)
        await eyes.open()
        await one.walk_in(room.id, name)
        call.people.append(one)
        call.ears.append(ears)
        call.eyes.append(eyes)
    await asyncio.gather(*(one.hears_and_sees(count - 1) for one in call.people))
    call.performer = await call.people[0].id()
    await asyncio.gather(*(eyes.watch(call.performer) for eyes in call.eyes[1:]))
    return call


async def choose(one: Guest, filter_name: str) -> None:
    """Add an effect to the chain, and open the panel for it if it is not."""
    if not await one.panel().is_visible():
        await one.page.keyboard.press("e")
    await card(one, filter_name).click()
    await sees_result(one)


async def shows_way_of(one: Guest, other: str, route: str) -> None:
    """Wait until a page has somebody's picture by this way, and by no other."""
    await one.page.wait_for_function(
        """([other, route]) => greenroomDebug.paths()[other] === route
          && !greenroomDebug.state().paths[other].changing""",
        arg=[other, route],
        timeout=20_000,
    )


async def metric(server: ServerProcess, series: str) -> float:
    """The value of a series of `/metrics`, by its name with its labels."""
    async with asking(server.url) as http:
        text = (await http.get("/metrics")).body.decode()
    found = re.search(rf"^{re.escape(series)} (\S+)$", text, re.MULTILINE)
    assert found is not None, series
    return float(found[1])


async def test_everybody_gets_an_effect_that_was_made_once(
    browser: Browser, server: ServerProcess
) -> None:
    async with AsyncExitStack() as stack:
        call = await call_of(stack, browser, server, 4)
        ana = call.people[0]
        await call.others_see(BARE)
        before = await call.stills()
        await choose(ana, "edges")
        await show(ana)
        await call.others_see(EDGES)
        encoders = await metric(server, 'greenroom_effect_streams{kind="video"}')
        started = await metric(server, "greenroom_effect_workers_started_total")
        assert encoders == 1

        await asyncio.gather(
            *(shows_way_of(one, call.performer, "forwarded") for one in call.people[1:])
        )
        slider = ana.panel().get_by_role("slider", name="Strong edges")
        took: list[float] = []
        shown = 0.0
        for _ in range(5):
            for value, test in (("1000", FEW_EDGES), ("200", EDGES)):
                moved = await slider.evaluate(MOVE, value)
                seen = await call.others_see(test, moved)
                shown = max(seen)
                took += [at - moved for at in seen]
        # That a page waits for a core now and then is not the slider's doing.
        assert median(took) <= SLIDER_WITHIN_MS, took

        await ana.panel().get_by_role("button", name="Clear").click()
        await call.others_see(BARE, shown)
        await asyncio.gather(*(one.sees_all_by("direct", 3) for one in call.people))
        assert await call.stills() == before
        assert await metric(server, "greenroom_effect_workers_started_total") == started
        assert await metric(server, 'greenroom_effect_streams{kind="video"}') == 0


async def frames_per_s(watcher: Guest, others: list[str], for_s: float) -> list[float]:
    """How many pictures of each of the others came in a second."""

    async def count() -> list[int]:
        return [await watcher.page.evaluate(FRAMES_OF, other) for other in others]

    before, began = await count(), time.monotonic()
    await passed(asyncio.Event(), for_s)
    elapsed = time.monotonic() - began
    return [(now - then) / elapsed for now, then in zip(await count(), before, strict=True)]


async def test_a_bad_filter_harms_neither_the_call_nor_other_effects(
    browser: Browser, server: ServerProcess
) -> None:
    async with AsyncExitStack() as stack:
        call = await call_of(stack, browser, server, 3, sound=True)
        ana, bo, cy = call.people
        other = await bo.id()
        direct = await cy.id()
        await choose(bo, "sepia")
        await show(bo)
        for one in (ana, cy):
            await shows_way_of(one, other, "forwarded")
        # All pages have one camera, whose few buffers two panels with their mirrors use up.
        await bo.page.keyboard.press("e")
        await expect(bo.panel()).to_be_hidden()
        usual = await frames_per_s(cy, [other], 3)
        usual += await frames_per_s(bo, [direct], 2)
        await asyncio.gather(*(ears.begin(2) for ears in call.ears))
        for kind in KINDS:
            await choose(ana, "bad.bad")
            await show(ana)
            for one in (bo, cy):
                await shows_way_of(one, call.performer, "forwarded")
            await ana.panel().get_by_role("combobox", name="Kind").select_option(kind)
            begun = time.time() * 1000
            ill, calm = await asyncio.gather(
                frames_per_s(cy, [other], 3), frames_per_s(bo, [direct], 3)
            )
            assert ill[0] >= KEPT_SHARE * usual[0], kind
            assert calm[0] >= KEPT_SHARE * usual[1], kind
            await expect(ana.panel().get_by_role("alert")).to_contain_text("Bad", timeout=20_000)
            await expect(ana.panel().get_by_role("alert")).to_contain_text("switched off")
            await call.others_see(BARE, begun)
            await ana.panel().get_by_role("button", name="Dismiss").click()
        assert max(await call.ears[2].silences()) <= LONGEST_SILENCE_MS


async def test_an_example_that_is_edited_in_a_call_changes_the_picture(
    browser: Browser, server: ServerProcess, filters: Path
) -> None:
    file, text = filters / EXAMPLE.name, EXAMPLE.read_text()
    assert PRINT in text
    async with AsyncExitStack() as stack:
        call = await call_of(stack, browser, server, 2)
        ana = call.people[0]
        await choose(ana, "halftone.dots")
        await show(ana)
        await ana.panel().get_by_label("Paper").fill("#0000ff")
        await call.others_see(BLUE_PAPER)

        saved = time.time()
        file.write_text(text.replace(PRINT, PRINT_TURNED))
        red = await call.others_see(RED_PAPER, saved * 1000)
        assert red[0] / 1000 - saved < NEW_WITHIN_S

        file.write_text(text + "\n    return image image\n")
        alert = ana.panel().get_by_role("alert")
        place = f"halftone.py, line {text.count(chr(10)) + 2}"
        await expect(alert).to_contain_text(place)
        await expect(alert).to_contain_text("The last version that worked is still running")
        await call.others_see(RED_PAPER, time.time() * 1000)
        await expect(call.people[1].page.get_by_text("halftone.py, line")).to_have_count(0)

        file.write_text(text)
        await call.others_see(BLUE_PAPER, time.time() * 1000)
        await expect(alert).to_have_count(0)
