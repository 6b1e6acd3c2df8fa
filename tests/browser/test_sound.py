"""Sound in a browser that keeps it off until somebody touches the page."""

import pytest
from playwright.async_api import Browser, expect

from tests.support.guest import guest
from tests.support.room import make_room
from tests.support.server import RunningServer

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(60),
    pytest.mark.asyncio(loop_scope="module"),
]

# A page under test counts as touched from its first evaluated script on, so the browser's own
# refusal cannot be had; this one is the same to the page.
REFUSE_UNTIL_TOUCHED = """
globalThis.playing = new Set();
let touched = false;
const touch = ({isTrusted}) => { touched ||= isTrusted; };
addEventListener("pointerdown", touch, {capture: true});
addEventListener("keydown", touch, {capture: true});
const play = HTMLAudioElement.prototype.play;
HTMLMediaElement.prototype.play = async function () {
  if (this instanceof HTMLAudioElement && !touched) throw new DOMException("", "NotAllowedError");
  await play.call(this);
  if (this instanceof HTMLAudioElement) playing.add(this.dataset.participant);
};
"""
SUSPENDED_CONTEXT = (
    "Object.defineProperty(AudioContext.prototype, 'state', {get: () => 'suspended'});"
)
PLAYS = """() => {
  const all = [...document.querySelectorAll("audio[data-participant]")];
  return all.length === 1 && all.every((audio) => !audio.paused);
}"""


@pytest.mark.parametrize("touch", ["button", "stage", "key"])
async def test_a_touch_of_the_page_turns_the_sound_on(
    browser: Browser, server: RunningServer, touch: str
) -> None:
    room = await make_room(server.url)
    async with guest(browser, server.url) as ana, guest(browser, server.url) as bo:
        await ana.page.add_init_script(REFUSE_UNTIL_TOUCHED + SUSPENDED_CONTEXT)
        await bo.walk_in(room.id, "Bo")
        await ana.walk_in(room.id, "Ana")
        offer = ana.button("Turn sound on")
        await offer.wait_for()
        if touch == "button":
            await offer.click()
        elif touch == "stage":
            await ana.page.locator("figure.tile").first.click()
        else:
            await ana.page.keyboard.press("p")
        await expect(offer).to_be_hidden()
        assert await ana.page.evaluate("playing.size") == 1


async def test_sound_that_plays_is_not_said_to_be_off(
    browser: Browser, server: RunningServer
) -> None:
    room = await make_room(server.url)
    async with guest(browser, server.url) as ana, guest(browser, server.url) as bo:
        await ana.page.add_init_script(SUSPENDED_CONTEXT)
        await bo.walk_in(room.id, "Bo")
        await ana.walk_in(room.id, "Ana")
        await ana.page.wait_for_function(PLAYS)
        await expect(ana.button("Turn sound on")).to_have_count(0)
