"""Parameters of filters: declared as defaults of arguments, drawn by the page, checked once."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from rooms.effects import ParamInfo, ParamKind, ParamValue
from rooms.errors import InvalidEffect
from rooms.filters.failures import BadFilter
from rooms.texts import is_printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rooms.filters.formats import Colour, Image

MAX_CHOICES: Final = 64
MAX_TITLE: Final = 60


@dataclass(frozen=True, slots=True)
class Declared:
    """What stands behind an argument until the decorator has read it."""

    kind: ParamKind
    default: ParamValue
    title: str
    low: float = 0.0
    high: float = 0.0
    step: float = 0.0
    unit: str = ""
    choices: tuple[tuple[str, str], ...] = ()

    def info(self, name: str, *, whole: bool) -> ParamInfo:
        """The parameter as the room knows it.

        Args:
            name: of the argument.
            whole: the argument is annotated as `int`.

        Raises:
            BadFilter: no value could ever be right, or the default is not.
        """
        title = self.title or name.replace("_", " ").capitalize()
        if not title.isprintable() or len(title) > MAX_TITLE:
            raise BadFilter(f"The title of {name} must be one line of at most {MAX_TITLE}.")
        if self.kind is ParamKind.NUMBER:
            self._check_range(name, whole=whole)
        if self.kind is ParamKind.CHOICE and not 0 < len(self.choices) <= MAX_CHOICES:
            raise BadFilter(f"{name} must have from 1 to {MAX_CHOICES} choices.")
        texts = (self.unit, *(text for choice in self.choices for text in choice))
        if not all(len(text) <= MAX_TITLE and is_printable(text) for text in texts):
            raise BadFilter(f"The words of {name} must be lines of at most {MAX_TITLE}.")
        info = ParamInfo(
            name=name,
            title=title,
            kind=self.kind,
            default=self.default,
            low=self.low,
            high=self.high,
            step=self.step or float(whole and self.kind is ParamKind.NUMBER),
            whole=whole and self.kind is ParamKind.NUMBER,
            unit=self.unit,
            choices=self.choices,
        )
        try:
            info.checked(self.default)
        except InvalidEffect as error:
            raise BadFilter(f"The default of {name} is not allowed: {error.message}") from None
        return info

    def _check_range(self, name: str, *, whole: bool) -> None:
        numbers = (self.low, self.high, self.step)
        if not all(abs(number) <= sys.float_info.max for number in numbers) or self.step < 0:
            raise BadFilter(f"The range and step of {name} must be finite, the step not negative.")
        if self.low >= self.high:
            raise BadFilter(f"The range of {name} is empty: {self.low:g} to {self.high:g}.")
        if self.step > self.high - self.low:
            raise BadFilter(f"The step of {name} is larger than its range.")
        if whole and any(number != int(number) for number in numbers):
            raise BadFilter(f"{name} is an int, so its range and step must be whole numbers.")


class Params:
    """Makes parameters; `Param` is the one there is.

    What it returns is `Any`, because it stands where a value of the argument's own type would:
    `low: float = Param(100, 0, 1000)`. The decorator puts the value there.
    """

    def __call__(
        self,
        default: float,
        low: float,
        high: float,
        *,
        step: float = 0.0,
        unit: str = "",
        title: str = "",
    ) -> Any:
        """A number from `low` to `high`, both allowed. An argument of type int gets whole ones.

        Args:
            default: what the filter gets while nobody has chosen.
            low: the least.
            high: the most.
            step: between two values of the slider; 0: any number.
            unit: shown behind the number, such as "px".
            title: what the page calls it; else the argument's name.
        """
        return Declared(ParamKind.NUMBER, default, title, low, high, step, unit)

    def choice(self, default: str, choices: Mapping[str, str], *, title: str = "") -> Any:
        """One of `choices`, each with the words for it. The filter gets the value."""
        return Declared(ParamKind.CHOICE, default, title, choices=tuple(choices.items()))

    def switch(self, default: bool = False, *, title: str = "") -> Any:
        """On or off: a bool."""
        return Declared(ParamKind.SWITCH, default, title)

    def text(self, default: str = "", *, title: str = "") -> Any:
        """One line of at most 200 characters."""
        return Declared(ParamKind.TEXT, default, title)

    def colour(self, default: str, *, title: str = "") -> Any:
        """A colour, declared as "#rrggbb". The filter gets `(blue, green, red)`."""
        return Declared(ParamKind.COLOUR, default, title)

    def image(self, *, title: str = "") -> Any:
        """A picture that the user has chosen: uint8 BGRA (h, w, 4), or None while there is none."""
        return Declared(ParamKind.IMAGE, "", title)


Param: Final = Params()


def argument(
    info: ParamInfo, value: ParamValue, pictures: Mapping[str, Image]
) -> ParamValue | Colour | Image | None:
    """A checked value as the filter gets it.

    Args:
        info: of the parameter.
        value: what is on the wire.
        pictures: BGRA, by id. One that is not there (any more) is None, as if none was chosen.
    """
    if info.kind is ParamKind.COLOUR:
        red, green, blue = bytes.fromhex(str(value)[1:])
        return blue, green, red
    if info.kind is ParamKind.IMAGE:
        return pictures.get(str(value))
    return value
