"""Which simulcast layer each subscriber gets: by the size of the tile and what the line carries."""

from collections.abc import Sequence
from dataclasses import dataclass

ENOUGH = 0.7
"""A layer is large enough for a tile from this share of its height on: scaling up a little shows
less than the bytes of the next layer cost."""
NOMINAL_SIZE = (1280, 720)
NOMINAL_BPS = (150_000, 500_000, 1_700_000)
DEFAULT_TILE = (640, 360)

FELL = 0.95
KEEP = 0.9
RISE = 1.25
MUCH_LOSS = 0.10
LITTLE_LOSS = 0.03
FIRST_WAIT_S = 2.0
MAX_WAIT_S = 30.0
PLENTY_BPS = 50_000_000.0
LEAST_BPS = 100_000.0
"""No ceiling is lower: when nothing was sent, that nothing got through says nothing of the line."""


def suitable_bps(width: int, height: int) -> int:
    """What a picture of this size needs to look well: more pixels need less each."""
    pixels, usual = width * height, NOMINAL_SIZE[0] * NOMINAL_SIZE[1]
    return int(NOMINAL_BPS[-1] * (pixels / usual) ** 0.75)


@dataclass(frozen=True, slots=True)
class Layer:
    """One encoding of a camera. Sizes in pixels; `bitrate_bps` as measured, or as is usual."""

    rid: str
    width: int
    height: int
    bitrate_bps: int
    active: bool


@dataclass(frozen=True, slots=True)
class Wish:
    """One tile of one subscriber, in device pixels, and the layers of its camera, low to high."""

    who: str
    width: int
    height: int
    layers: tuple[Layer, ...]


def fitting(wish: Wish) -> int:
    """The index of the smallest layer that is large enough for the tile, or of the largest."""
    for index, layer in enumerate(wish.layers):
        if layer.width >= ENOUGH * wish.width and layer.height >= ENOUGH * wish.height:
            return index
    return len(wish.layers) - 1


def share_out(wishes: Sequence[Wish], ceiling_bps: float) -> dict[str, int]:
    """The index of the layer that each wish gets within a sum of bits per second.

    Everybody gets the lowest layer, whatever the line carries: seeing somebody in small is what a
    call is. From what is left, steps are granted one layer at a time, the largest tile first.
    """
    granted = {wish.who: 0 for wish in wishes}
    left = ceiling_bps - sum(wish.layers[0].bitrate_bps for wish in wishes)
    waiting = sorted(wishes, key=lambda wish: wish.width * wish.height, reverse=True)
    while waiting:
        going_on = []
        for wish in waiting:
            at = granted[wish.who]
            if at >= fitting(wish):
                continue
            cost = wish.layers[at + 1].bitrate_bps - wish.layers[at].bitrate_bps
            if cost > left:
                continue
            left -= cost
            granted[wish.who] = at + 1
            going_on.append(wish)
        waiting = going_on
    return granted


def nearest_active(layers: Sequence[Layer], wanted: int) -> int | None:
    """The best layer that is being sent now: the wanted one, else a lower, else a higher one."""
    best_first = [*range(wanted, -1, -1), *range(wanted + 1, len(layers))]
    for index in best_first:
        if layers[index].active:
            return int(index)
    return None


@dataclass(slots=True)
class Line:
    """What the line to one subscriber carries, learnt from its reports.

    A receiver's estimate (REMB) grows only with what it is sent, so a low one says nothing by
    itself. A falling one, or loss, does: then the ceiling comes down to what got through. It rises
    again by steps while nothing is lost, more slowly after each time that it had to come down.
    """

    ceiling_bps: float = float("inf")
    _remb_bps: int | None = None
    _raise_at: float = 0.0
    _wait_s: float = FIRST_WAIT_S

    def look(self, now: float, remb_bps: int | None, loss: float, sent_bps: int) -> None:
        """Take in one report a second.

        Args:
            now: monotonic seconds.
            remb_bps: the receiver's estimate; None while there is none.
            loss: 0..1, of the last seconds.
            sent_bps: what was sent to it in the last second.
        """
        before, self._remb_bps = self._remb_bps, remb_bps
        fell = before is not None and remb_bps is not None and remb_bps < FELL * before
        narrow = fell and remb_bps is not None and remb_bps < sent_bps
        if narrow or loss > MUCH_LOSS:
            through = sent_bps * (1 - loss)
            low = KEEP * (min(through, remb_bps) if narrow and remb_bps else through)
            self.ceiling_bps = max(low, LEAST_BPS)
            if now >= self._raise_at:  # a fall that goes on for seconds is one fall
                self._wait_s = min(2 * self._wait_s, MAX_WAIT_S)
            self._raise_at = now + self._wait_s
        elif now >= self._raise_at and loss < LITTLE_LOSS:
            self.ceiling_bps *= RISE
            if self.ceiling_bps > PLENTY_BPS:
                self.ceiling_bps = float("inf")
                self._wait_s = FIRST_WAIT_S
