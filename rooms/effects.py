"""What somebody has chosen to look and sound like: filters, their parameters, gains."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

from rooms.errors import InvalidEffect, TooManyEffects
from rooms.texts import is_printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rooms.participant import Kind

MAX_EFFECTS: Final = 8
"""In one chain."""
MAX_TEXT: Final = 200
MIN_GAIN_DB: Final = -20.0
MAX_GAIN_DB: Final = 20.0
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_PICTURE = re.compile(r"[A-Za-z0-9_-]{0,64}")

ParamValue = bool | int | float | str
"""What a parameter is on the wire. A colour is `#rrggbb`, an image the id of a picture or ""."""


class ParamKind(StrEnum):
    NUMBER = "number"
    CHOICE = "choice"
    SWITCH = "switch"
    TEXT = "text"
    COLOUR = "colour"
    IMAGE = "image"


class Origin(StrEnum):
    """Where a filter comes from."""

    BUILT_IN = "built-in"
    PACKAGE = "package"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class ParamInfo:
    """One parameter of a filter.

    Attributes:
        low: the least number; so `high`. For numbers only, as is `step`: 0 allows any between.
        whole: whether the number has no fraction.
        unit: what stands behind a number for people, such as "px".
        choices: the values to choose from, each with its words.
    """

    name: str
    title: str
    kind: ParamKind
    default: ParamValue
    low: float = 0.0
    high: float = 0.0
    step: float = 0.0
    whole: bool = False
    unit: str = ""
    choices: tuple[tuple[str, str], ...] = ()

    def checked(self, value: object) -> ParamValue:
        """The value as the filter gets it.

        Raises:
            InvalidEffect: it is of another kind, or out of range.
        """
        match self.kind, value:
            case ParamKind.SWITCH, bool():
                return value
            case ParamKind.NUMBER, (int() | float()) if not isinstance(value, bool):
                if self.low <= value <= self.high and (not self.whole or value == int(value)):
                    return int(value) if self.whole else float(value)
            case ParamKind.CHOICE, str():
                if any(value == choice for choice, _ in self.choices):
                    return value
            case ParamKind.TEXT, str():
                if len(value) <= MAX_TEXT and is_printable(value):
                    return value
            case ParamKind.COLOUR, str():
                if _COLOUR.fullmatch(value.lower()):
                    return value.lower()
            case ParamKind.IMAGE, str():
                if _PICTURE.fullmatch(value):
                    return value
        raise InvalidEffect(f"{self.title} must be {self._allowed()}.")

    def _allowed(self) -> str:
        match self.kind:
            case ParamKind.NUMBER:
                kind = "a whole number" if self.whole else "a number"
                return f"{kind} from {self.low:g} to {self.high:g}"
            case ParamKind.CHOICE:
                return "one of " + ", ".join(value for value, _ in self.choices)
            case ParamKind.SWITCH:
                return "true or false"
            case ParamKind.TEXT:
                return f"one line of at most {MAX_TEXT} characters"
            case ParamKind.COLOUR:
                return "a colour such as #1a2b3c"
            case ParamKind.IMAGE:
                return "the id of a picture"


@dataclass(frozen=True, slots=True)
class FilterError:
    """Why the newest text of an operator's file is not in use.

    Attributes:
        line: from 1; None when no line is to blame.
    """

    message: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class FilterInfo:
    """A filter as the room knows it: what may be asked of it, not its code.

    Attributes:
        name: unique here, such as "edges" or, from a file, "halftone.dots".
        category: under which the page lists it.
        private: it hides something, so what it failed on may not be shown.
        file: name of the operator's file that it is from.
        broken: its file cannot be loaded, and no earlier version could.
        error: its file cannot be loaded as it is now; an earlier version may be in use.
    """

    name: str
    title: str
    kind: Kind
    category: str = "look"
    description: str = ""
    private: bool = False
    params: tuple[ParamInfo, ...] = ()
    origin: Origin = Origin.BUILT_IN
    file: str | None = None
    broken: bool = False
    error: FilterError | None = None

    def checked(self, params: Mapping[str, object]) -> tuple[tuple[str, ParamValue], ...]:
        """All parameters by name, those not given with their defaults.

        Raises:
            InvalidEffect: one is unknown or its value cannot be used.
        """
        known = {param.name for param in self.params}
        unknown = sorted(params.keys() - known)
        if unknown:
            raise InvalidEffect(f"{self.title} has no parameter {unknown[0][:40]}.")
        return tuple(
            (param.name, param.checked(params.get(param.name, param.default)))
            for param in self.params
        )


@dataclass(frozen=True, slots=True)
class Effect:
    """A filter that a participant uses.

    Attributes:
        id: chosen by the page: it stays when the effect moves in its chain or changes.
        title: of the filter, for people.
        params: all of them, by name.
        private: as the filter says.
    """

    id: str
    filter: str
    title: str
    params: tuple[tuple[str, ParamValue], ...] = ()
    private: bool = False


@dataclass(frozen=True, slots=True)
class Effects:
    """What one participant uses, in the order in which it is applied.

    Attributes:
        shown: whether the room gets it; else it is a preview, which only they see.
    """

    video: tuple[Effect, ...] = field(default=())
    audio: tuple[Effect, ...] = field(default=())
    shown: bool = False

    def __bool__(self) -> bool:
        return bool(self.video or self.audio)

    @property
    def all(self) -> tuple[Effect, ...]:
        return (*self.video, *self.audio)

    @property
    def private(self) -> bool:
        """Whether the bare picture may not be seen."""
        return any(effect.private for effect in self.video)

    @property
    def texts(self) -> set[str]:
        """All parameters that are text, ids of pictures among them."""
        both = (*self.video, *self.audio)
        return {value for effect in both for _, value in effect.params if isinstance(value, str)}

    @property
    def as_seen(self) -> Effects:
        """What the others may know of it: the filters that are shown, without their parameters."""
        if not self.shown:
            return NO_EFFECTS
        return Effects(_as_seen(self.video), _as_seen(self.audio), shown=True)

    def differs_in_parameters_only(self, other: Effects) -> bool:
        return self._places() == other._places()

    def _places(self) -> tuple[bool, list[tuple[str, str]], list[tuple[str, str]]]:
        """What is where, whatever its parameters are."""
        video, audio = ([(e.id, e.filter) for e in chain] for chain in (self.video, self.audio))
        return self.shown, video, audio

    def without(self, effect_id: str) -> Effects:
        video = tuple(effect for effect in self.video if effect.id != effect_id)
        audio = tuple(effect for effect in self.audio if effect.id != effect_id)
        return Effects(video, audio, self.shown and bool(video or audio))


NO_EFFECTS: Final = Effects()


def _as_seen(chain: tuple[Effect, ...]) -> tuple[Effect, ...]:
    return tuple(Effect("", effect.filter, effect.title) for effect in chain)


def check_chain(chain: Sequence[Effect]) -> None:
    """Whether effects can be one chain.

    Raises:
        TooManyEffects: more than eight.
        InvalidEffect: two have the same id.
    """
    if len(chain) > MAX_EFFECTS:
        raise TooManyEffects(f"A chain has at most {MAX_EFFECTS} effects.")
    if len({effect.id for effect in chain}) < len(chain):
        raise InvalidEffect("Two effects have the same id.")


class Link(Protocol):
    """What can be one of a chain: an effect, or what is made of it."""

    @property
    def id(self) -> str: ...

    @property
    def filter(self) -> str: ...

    @property
    def private(self) -> bool: ...


def hides_more(now: Sequence[Link], before: Sequence[Link]) -> bool:
    """Whether something that was in the picture may not be seen any more.

    That is so when an effect that hides comes in, and when one comes to stand before an effect that
    had the picture without it.
    """
    was = _hidden_from(before)
    return any(hiding - was.get(who, hiding) for who, hiding in _hidden_from(now).items())


def _hidden_from(chain: Sequence[Link]) -> dict[tuple[str, str] | None, set[tuple[str, str]]]:
    """The effects that hide something before each one, by id and filter; None: at the end."""
    hiding: set[tuple[str, str]] = set()
    found: dict[tuple[str, str] | None, set[tuple[str, str]]] = {}
    for link in chain:
        found[link.id, link.filter] = hiding
        if link.private:
            hiding = hiding | {(link.id, link.filter)}
    return {**found, None: hiding}


def check_effects(effects: Effects) -> None:
    """Whether somebody can use these effects together. Raises as `check_chain` does."""
    check_chain(effects.video)
    check_chain(effects.audio)
    both = (*effects.video, *effects.audio)
    if len({effect.id for effect in both}) < len(both):
        raise InvalidEffect("Two effects have the same id.")


def checked_gain(gain_db: float) -> float:
    """Raises InvalidEffect: not a gain from -20 to +20 dB."""
    if not MIN_GAIN_DB <= gain_db <= MAX_GAIN_DB:
        raise InvalidEffect(f"A gain is from {MIN_GAIN_DB:g} to {MAX_GAIN_DB:g} dB.")
    return float(gain_db)
