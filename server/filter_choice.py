"""From words on a command line to a filter with its parameters."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rooms.effects import ParamInfo, ParamKind, ParamValue
from rooms.errors import InvalidEffect, InvalidPicture, UnknownFilter
from rooms.filter_files import called_as, prefix_of, takes_name
from rooms.filters.chain import Chain
from rooms.filters.context import Context
from rooms.filters.failures import BrokenFile
from rooms.filters.formats import SAMPLE_RATE
from rooms.filters.instance import Step
from rooms.filters.loading import filter_files, load_builtins, load_file, load_package_filters
from rooms.filters.pictures import decode_picture
from rooms.filters.scenes import PACKET_SAMPLES, moving_sound
from rooms.participant import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rooms.filters.declare import Filter
    from rooms.filters.formats import Image

_PACKETS = 25
"""Half a second: the first echo is heard by then."""
_SWITCH = {"true": True, "on": True, "yes": True, "1": True} | dict.fromkeys(
    ("false", "off", "no", "0"), False
)


def offered(
    paths: Sequence[Path], models: Path | None, warn: Callable[[BrokenFile], None]
) -> list[Filter]:
    """All filters there are: built in, of packages, of files.

    Args:
        paths: files, or directories of them.
        models: the operator's directory of models.
        warn: told of files and packages that cannot be loaded; the others are offered.

    Returns:
        Sorted by name; who has which name is as in the server.
    """
    by_name: dict[str, Filter] = {}
    packaged = load_package_filters(warn)
    for one in (*load_builtins(models), *packaged, *_of_files(paths, warn)):
        name = one.info.name
        if takes_name(one.info, by_name[name].info if name in by_name else None):
            by_name[name] = one
    return sorted(by_name.values(), key=lambda one: one.info.name)


def _of_files(paths: Sequence[Path], warn: Callable[[BrokenFile], None]) -> list[Filter]:
    found: list[Filter] = []
    first: dict[str, Path] = {}
    files = [file.absolute() for path in paths for file in filter_files(path)]
    for file in dict.fromkeys(files):
        holder = first.setdefault(prefix_of(file.name), file)
        try:
            if holder is not file:
                raise BrokenFile(file.name, None, called_as(holder.name))
            found += load_file(file)
        except BrokenFile as broken:
            warn(broken)
    return found


def find(name: str, filters: Sequence[Filter]) -> Filter:
    """Raises UnknownFilter: with what may have been meant."""
    for one in filters:
        if one.info.name == name:
            return one
    near = get_close_matches(name, [one.info.name for one in filters], n=3)
    hint = f"Did you mean {' or '.join(near)}?" if near else "See greenroom filter list."
    raise UnknownFilter(f"There is no filter {name}. {hint}")


def step(chosen: Filter, words: Sequence[str]) -> Step:
    """The filter with `name=value` words as its parameters.

    Raises:
        InvalidEffect: a parameter is unknown, or its value of another kind or out of range.
        InvalidPicture: a file that should be a picture is none.
    """
    known = {info.name: info for info in chosen.info.params}
    params: dict[str, ParamValue] = {}
    pictures: dict[str, Image] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise InvalidEffect(f"--param is name=value, not {word}.")
        info = known.get(name)
        if info is None:
            have = ", ".join(known) or "none"
            raise InvalidEffect(f"{chosen.info.name} has no parameter {name}; it has {have}.")
        if info.kind is ParamKind.IMAGE:
            pictures[name] = _picture(value)
            params[name] = name
        else:
            params[name] = _value(info, value)
    made = Step(chosen.info.name, chosen, params, pictures)
    made.arguments()
    return made


def at_work(chosen: Step) -> Step:
    """The step, with its numbers at their most if it leaves sound as it is: that costs nothing.

    Raises:
        FilterFailed: the filter did.
    """
    if chosen.filter.info.kind is not Kind.AUDIO or _changes_sound(chosen):
        return chosen
    numbers = [info for info in chosen.filter.info.params if info.kind is ParamKind.NUMBER]
    most = {info.name: info.checked(info.high) for info in numbers}
    return replace(chosen, params={**chosen.params, **most})


def _changes_sound(chosen: Step) -> bool:
    chain = Chain([chosen])
    try:
        for number in range(_PACKETS):
            given = moving_sound(1, number)
            context = Context(time=number * PACKET_SAMPLES / SAMPLE_RATE)
            if not np.array_equal(chain.apply_audio(given, context), given):
                return True
    finally:
        chain.stop()
    return False


def usage(one: Filter) -> str:
    """A line that says how to call it: `edges  low=100 (0 to 1000)`."""
    shown = [f"{info.name}={info.default}{_range(info)}" for info in one.info.params]
    return "  ".join([f"{one.info.name:24}", *shown]).rstrip()


def _range(info: ParamInfo) -> str:
    match info.kind:
        case ParamKind.NUMBER:
            return f" ({info.low:g} to {info.high:g})"
        case ParamKind.CHOICE:
            return f" ({'|'.join(value for value, _ in info.choices)})"
        case ParamKind.IMAGE:
            return " (a picture file)"
        case _:
            return ""


def _value(info: ParamInfo, text: str) -> ParamValue:
    """What the text means; `Step.arguments` then says whether it is allowed."""
    if info.kind is ParamKind.SWITCH:
        return _SWITCH.get(text.lower(), text)
    if info.kind is ParamKind.NUMBER:
        try:
            return float(text)
        except ValueError:
            return text
    return text


def _picture(path: str) -> Image:
    try:
        return decode_picture(Path(path).read_bytes())
    except OSError as error:
        raise InvalidPicture(f"{path} cannot be read: {error.strerror}.") from None
    except InvalidPicture:
        raise InvalidPicture(f"{path} is no picture that can be read.") from None
