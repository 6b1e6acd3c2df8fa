"""Titles for rooms that nobody named: two words from a theatre."""

from collections.abc import Callable, Sequence
from typing import Final

FIRST: Final = (
    "Amber", "Brass", "Bright", "Copper", "Crimson", "Distant", "Evening", "Gilded", "Golden",
    "Hidden", "Indigo", "Ivory", "Little", "Marble", "Midnight", "Morning", "Paper", "Quiet",
    "Rosewood", "Scarlet", "Second", "Silver", "Summer", "Velvet", "Walnut", "Winter",
)  # fmt: skip
SECOND: Final = (
    "Aria", "Balcony", "Chorus", "Cue", "Curtain", "Duet", "Encore", "Fanfare", "Footlight",
    "Gallery", "Interlude", "Lantern", "Marquee", "Matinee", "Mirror", "Monologue", "Orchestra",
    "Overture", "Premiere", "Prologue", "Quartet", "Rehearsal", "Serenade", "Spotlight", "Stage",
    "Wings",
)  # fmt: skip


def make_title(choose: Callable[[Sequence[str]], str]) -> str:
    """Two words, such as "Velvet Lantern"; `choose` picks one of several."""
    return f"{choose(FIRST)} {choose(SECOND)}"
