"""What somebody at a page sees of one participant, frame by frame, and when."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from playwright.async_api import Page

WITHIN_MS = 20_000
FPS = 10
PORTRAIT = Path(__file__).resolve().parents[1] / "golden" / "portrait.png"

# `light`, `red` and `blue` are means of all pixels, 0 to 1; `colour` is how far the one that is
# farthest from gray is away from it, 0 to 255.
WATCH = """
(() => {
  const canvas = new OffscreenCanvas(160, 90);
  const context = canvas.getContext("2d", {willReadFrequently: true});
  const seen = [];
  const measure = (video) => {
    context.drawImage(video, 0, 0, 160, 90);
    const {data} = context.getImageData(0, 0, 160, 90);
    const sum = {light: 0, red: 0, blue: 0};
    let colour = 0;
    for (let n = 0; n < data.length; n += 4) {
      const most = Math.max(data[n], data[n + 1], data[n + 2]);
      const least = Math.min(data[n], data[n + 1], data[n + 2]);
      sum.light += most;
      sum.red += data[n];
      sum.blue += data[n + 2];
      if (most - least > colour) colour = most - least;
    }
    const mean = (value) => (4 * value) / (255 * data.length);
    return {light: mean(sum.light), red: mean(sum.red), blue: mean(sum.blue), colour};
  };
  const follow = (id, video) => {
    const look = () => {
      if (!video.isConnected) return;
      if (video.videoWidth) {
        const at = performance.timeOrigin + performance.now();
        seen.push({id, at, ...measure(video)});
        if (seen.length > 2000) seen.shift();
      }
      video.requestVideoFrameCallback(look);
    };
    video.requestVideoFrameCallback(look);
  };
  const known = new WeakSet();
  // To look costs time that the pictures need as well: it is done at one participant only.
  const watch = (id) => {
    const find = () => {
      for (const video of document.querySelectorAll(`[data-participant="${id}"] video`)) {
        if (known.has(video)) continue;
        known.add(video);
        follow(id, video);
      }
    };
    new MutationObserver(find).observe(document, {childList: true, subtree: true});
    find();
  };
  globalThis.eyes = {watch, of: (id) => seen.filter((one) => one.id === id)};
})();
"""


@dataclass(frozen=True, slots=True)
class Eyes:
    """Looks at tiles of one page. `open` them before the page is loaded."""

    page: Page

    async def open(self) -> None:
        await self.page.add_init_script(WATCH)

    async def watch(self, participant: str) -> None:
        """Begin to look at somebody's tile."""
        await self.page.evaluate("(id) => eyes.watch(id)", participant)

    async def see(self, participant: str, test: str, since: float = 0.0) -> float:
        """Wait for a frame of somebody that fits; when it was shown, in Unix milliseconds.

        Args:
            participant: whose tile.
            test: JavaScript about `frame.light`, `red` and `blue` (0 to 1) and `colour` (0 to 255).
            since: Unix milliseconds; frames before it do not count.
        """
        first = (
            f"([id, since]) => eyes.of(id).find((frame) => frame.at >= since && {test})?.at ?? null"
        )
        asked = [participant, since]
        found = await self.page.wait_for_function(first, arg=asked, timeout=WITHIN_MS)
        at: float = await found.json_value()
        return at


def make_portrait(path: Path) -> Path:
    """A clip for Chromium's camera, 640x360: somebody who moves a little, again and again."""
    picture = cv2.imread(str(PORTRAIT))
    assert picture is not None
    with path.open("wb") as clip:
        clip.write(b"YUV4MPEG2 W640 H360 F%d:1 Ip A1:1 C420mpeg2\n" % FPS)
        for n in range(2 * FPS):
            by = round(8 * np.sin(np.pi * n / FPS))
            moved = np.roll(picture, by, axis=1)
            clip.write(b"FRAME\n" + cv2.cvtColor(moved, cv2.COLOR_BGR2YUV_I420).tobytes())
    return path
