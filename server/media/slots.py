"""The slots of a subscription, and what is sent in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from server.media.egress import Egress
from server.media.layers import Layer, nearest_active
from server.media.sdp import Section
from server.media.source import Source as MediaSource

if TYPE_CHECKING:
    from server.media.publisher import Publisher

Cameras = Sequence[tuple[Layer, MediaSource | None]]
"""The layers of one camera, low to high; None for one that was never sent."""


@dataclass(eq=False, slots=True)
class Slot:
    """A pair of m-lines, one for sound and one for a picture, and who is in it."""

    audio: Section
    video: Section
    heard: Egress | None = None
    seen: Egress | None = None
    publisher: "Publisher | None" = None
    free_at: float = 0.0

    def detach(self) -> None:
        """Send nothing in it."""
        for egress in (self.heard, self.seen):
            if egress is not None:
                egress.detach()


def make_slots(sections: Sequence[Section]) -> list[Slot]:
    """Of the m-lines of an offer, sound and picture in turns."""
    return [Slot(audio, video) for audio, video in zip(sections[::2], sections[1::2], strict=True)]


def best(cameras: Cameras, wanted: int) -> MediaSource | None:
    """The layer to send; one that rests, when all do, so that it starts with its first picture."""
    index = nearest_active([layer for layer, _ in cameras], wanted)
    if index is not None:
        return cameras[index][1]
    return next((source for _, source in cameras if source is not None), None)


def send(egress: Egress, source: MediaSource | None, *, at_once: bool) -> None:
    """Send a source from its next keyframe on.

    Args:
        egress: the slot's.
        source: None leaves what there is.
        at_once: send nothing else until then.
    """
    if at_once and any(one not in (None, source) for one in (egress.source, egress.target)):
        egress.detach()
    if source is not None and (egress.target or egress.source) is not source:
        egress.attach(source)
