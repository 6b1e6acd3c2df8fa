"""The worker that shows what filters make of a picture, for the cards on the page."""

import time
from collections import OrderedDict
from typing import Any, Final

import cv2
import numpy as np

from rooms.filters import Context
from rooms.filters.chain import Chain
from rooms.filters.declare import Filter
from rooms.filters.failures import BrokenFile, FilterFailed
from rooms.filters.formats import Image
from rooms.filters.instance import Step
from server.workers.link import Link
from server.workers.orders import SourceText
from server.workers.repertoire import Repertoire
from server.workers.vitals import Phase, Vitals
from server.workers.wire import Kind, note, picture_parts, read_note, read_picture

MAX_WIDTH: Final = 160
_MAX_CHAINS: Final = 32
_QUALITY: Final = 80


class PreviewWork:
    """For one owner's pictures only: filters may remember these in any way they like."""

    def __init__(self, link: Link, vitals: Vitals, repertoire: Repertoire) -> None:
        self._link = link
        self._vitals = vitals
        self._repertoire = repertoire
        self._request: dict[str, Any] = {}
        self._chains = OrderedDict[str, tuple[Filter, Chain]]()

    def run(self) -> None:
        """Until the server has no more to ask. A note says what, the picture after it of what."""
        while True:
            try:
                message = self._link.receive(wait=True)
                assert message is not None
                if message[0] is Kind.NOTE:
                    self._request = read_note(message[1])
                else:
                    self._answer(read_picture(message[1])[1])
            except EOFError:
                break
        for _, chain in self._chains.values():
            chain.stop()

    def _answer(self, jpeg: bytes) -> None:
        picture = _small(jpeg)
        if picture is not None:
            for index, wanted in enumerate(self._request["filters"]):
                self._vitals.begin(Phase.STARTING, self._request["number"])
                self._vitals.running(index)
                shown = self._shown(wanted, picture)
                self._vitals.begin(Phase.IDLE)
                if shown is not None:
                    self._link.send(Kind.PICTURE, *picture_parts(wanted["name"], shown))
        done = {"done": self._request["number"], "valid": picture is not None}
        self._link.send(Kind.NOTE, note(done))

    def _shown(self, wanted: dict[str, Any], picture: Image) -> bytes | None:
        """JPEG; None when the filter cannot do it."""
        try:
            chain = self._chain(wanted)
            if chain is None:
                return None
            result = chain.apply_video(picture, Context(time=time.monotonic()))
        except (BrokenFile, FilterFailed, MemoryError):
            return None
        bgr = cv2.cvtColor(result, cv2.COLOR_YUV2BGR_I420)
        return _jpeg(_fitting(np.asarray(bgr, np.uint8)))

    def _chain(self, wanted: dict[str, Any]) -> Chain | None:
        """The filter with its defaults, as it was used before."""
        source = SourceText(**wanted["source"]) if wanted["source"] else None
        if source is not None:
            self._repertoire.learn(source)
        found = self._repertoire.find(wanted["name"], source.path if source else None)
        if found is None:
            return None
        name = wanted["name"]
        kept = self._chains.pop(name, None)
        if kept is not None and kept[0].target is not found.target:
            kept[1].stop()
            kept = None
        self._chains[name] = kept or (found, Chain([Step("preview", found)]))
        if len(self._chains) > _MAX_CHAINS:
            _, (_, oldest) = self._chains.popitem(last=False)
            oldest.stop()
        return self._chains[name][1]


def _small(jpeg: bytes) -> Image | None:
    """I420, at most as wide as a card; None when it is no picture."""
    try:
        bgr = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return None
    if bgr is None:
        return None
    bgr = _fitting(np.asarray(bgr, np.uint8))
    height, width = (side & ~1 for side in bgr.shape[:2])
    if not height or not width:
        return None
    i420 = cv2.cvtColor(np.ascontiguousarray(bgr[:height, :width]), cv2.COLOR_BGR2YUV_I420)
    return np.asarray(i420, np.uint8)


def _fitting(bgr: Image) -> Image:
    height, width = bgr.shape[:2]
    if width <= MAX_WIDTH:
        return bgr
    size = MAX_WIDTH, max(2, height * MAX_WIDTH // width)
    return np.asarray(cv2.resize(bgr, size, interpolation=cv2.INTER_AREA), np.uint8)


def _jpeg(bgr: Image) -> bytes:
    _, encoded = cv2.imencode(".jpg", bgr, (cv2.IMWRITE_JPEG_QUALITY, _QUALITY))
    return encoded.tobytes()
