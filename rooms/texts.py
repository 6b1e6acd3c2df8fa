"""Words of others, made fit to be sent and shown."""

from __future__ import annotations

from typing import Final

_JOINERS: Final = "\u200c\u200d"  # print nothing themselves, but letters and emoji are made of them
_ELLIPSIS: Final = "…"
_REPLACEMENT: Final = "\ufffd"


def is_printable(text: str) -> bool:
    """Whether all of it can be shown on one line, and sent: a lone surrogate is not valid UTF-8."""
    return all(character.isprintable() or character in _JOINERS for character in text)


def printable(text: str, most: int) -> str:
    """The text with a mark where something cannot be shown, cut to `most` characters."""
    text = text[: most + 1]
    if not is_printable(text):
        text = "".join(one if is_printable(one) else _REPLACEMENT for one in text)
    return text if len(text) <= most else text[: most - 1] + _ELLIPSIS
