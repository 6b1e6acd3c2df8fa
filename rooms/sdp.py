"""How large a session description may be that somebody else has to read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rooms.errors import TooLarge, TooManyCandidates

MAX_CANDIDATES: Final = 30


@dataclass(frozen=True, slots=True)
class SdpLimits:
    """Bytes of UTF-8 and m-lines."""

    size: int
    sections: int


BETWEEN_BROWSERS: Final = SdpLimits(size=65_536, sections=16)
"""Also for what a browser publishes: a microphone, a camera and a screen are four m-lines."""
SUBSCRIPTION: Final = SdpLimits(size=196_608, sections=128)
"""Sound and picture of 64 publishers; as JSON it still fits into one frame."""


def check_sdp(sdp: str, limits: SdpLimits = BETWEEN_BROWSERS) -> None:
    """Refuse an SDP that no browser needs to send.

    Raises:
        TooLarge: over the limits.
        TooManyCandidates: over 30 candidate lines.
    """
    if len(sdp.encode()) > limits.size:
        raise TooLarge
    lines = sdp.splitlines()
    if sum(line.startswith("m=") for line in lines) > limits.sections:
        raise TooLarge
    if count_candidates(lines) > MAX_CANDIDATES:
        raise TooManyCandidates


def count_candidates(lines: Sequence[str]) -> int:
    """How many distinct candidates there are; a bundled SDP repeats the same one per m-line."""
    return len({line for line in lines if line.startswith("a=candidate:")})
