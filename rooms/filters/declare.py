"""The decorators, and what they read from a function or class."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final, TypeVar

from rooms.effects import FilterInfo, Origin, ParamInfo
from rooms.filters.failures import MAX_FILE, BadFilter
from rooms.filters.formats import (
    Chroma,
    ChromaName,
    Format,
    FormatName,
    Policy,
    PolicyName,
)
from rooms.filters.params import MAX_TITLE, Declared, argument
from rooms.participant import Kind
from rooms.texts import is_printable, printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rooms.effects import ParamValue
    from rooms.filters.formats import Image

MAX_PARAMS: Final = 24
MAX_DESCRIPTION: Final = 300
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_CATEGORY = re.compile(r"[a-z]{1,20}")
_MARK = "__greenroom_filter__"
_PARAMS = "__greenroom_params__"
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
_VARIABLE = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)

Target = TypeVar("Target", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter that can be run.

    Attributes:
        target: the decorated function, or the class to make instances of.
        file: where its code is, as it was compiled; what `explain` wants.
        takes_context: whether its call names `context`.
    """

    info: FilterInfo
    target: Callable[..., Any]
    file: str
    format: Format
    chroma: Chroma
    policy: Policy
    takes_context: bool

    @property
    def stateful(self) -> bool:
        """Whether each effect needs an instance of its own."""
        return isinstance(self.target, type)

    def arguments(
        self, params: Mapping[str, ParamValue], pictures: Mapping[str, Image]
    ) -> dict[str, Any]:
        """What to call it with beside the picture: one consistent set.

        Raises:
            InvalidEffect: a value is unknown or out of range.
        """
        checked = dict(self.info.checked(params))
        return {
            info.name: argument(info, checked[info.name], pictures) for info in self.info.params
        }

    def belonging_to(self, prefix: str, origin: Origin, file: str | None) -> Filter:
        """The same filter under the name `prefix.name`.

        Raises:
            BadFilter: that is no name.
        """
        name = _checked_name(f"{prefix}.{self.info.name}")
        shown = None if file is None else printable(file, MAX_FILE)
        return replace(self, info=replace(self.info, name=name, origin=origin, file=shown))


def video_filter(
    title: str,
    *,
    format: FormatName = "bgr",  # noqa: A002 # the word that authors know
    colour: ChromaName = "drop",
    policy: PolicyName = "latest",
    private: bool = False,
    category: str = "look",
    description: str = "",
    name: str | None = None,
) -> Callable[[Target], Target]:
    """Declare a function or class as a filter of pictures.

    Args:
        title: what people see.
        format: what it gets and returns: "bgr" uint8 (h, w, 3); "gray" uint8 (h, w), the luma
            plane; "yuv420" uint8 (h * 3 / 2, w), I420; "frame" an `av.VideoFrame`.
        colour: whether a "gray" filter's result is gray or gets the old colour back.
        policy: "latest": while it is busy older frames are dropped; "all": it sees every frame, as
            long as the bounded queue lasts.
        private: it hides something. When it fails the last good picture stands still; the bare one
            is never shown.
        category: where the page lists it: look, background, face, time, text, detect.
        description: a sentence for people.
        name: how programs call it; else made of the function's or class's name.

    Raises:
        BadFilter: it cannot be a filter like this.
    """
    try:
        forms = Format(format), Chroma(colour), Policy(policy)
        if forms[0] is Format.SOUND:
            raise ValueError(f"{format!r} is not a valid format of pictures")
    except ValueError as error:
        raise BadFilter(f"{title}: {error}.") from None

    def decorate(target: Target) -> Target:
        info = _info(target, Kind.VIDEO, title, category, description, name, private=private)
        return _mark(target, info, *forms)

    return decorate


def audio_filter(
    title: str,
    *,
    private: bool = False,
    category: str = "sound",
    description: str = "",
    name: str | None = None,
) -> Callable[[Target], Target]:
    """Declare a function or class as a filter of sound: int16 (channels, n) at 48 kHz.

    It returns samples of the same shape. Every packet goes through it: sound is never dropped for
    being late. Arguments and errors are those of `video_filter`.
    """

    def decorate(target: Target) -> Target:
        info = _info(target, Kind.AUDIO, title, category, description, name, private=private)
        return _mark(target, info, Format.SOUND, Chroma.DROP, Policy.ALL)

    return decorate


def filter_of(target: object) -> Filter:
    """The filter that a decorated function or class is.

    Raises:
        BadFilter: it is not decorated.
    """
    if isinstance(target, Filter):
        return target
    found = declared(target)
    if found is None:
        raise BadFilter(f"{getattr(target, '__name__', target)!r} is not decorated as a filter.")
    return found


def declared(target: object) -> Filter | None:
    """As `filter_of`, None for anything else. A subclass has to be decorated anew."""
    if not isinstance(target, FunctionType | type):
        return None
    found = vars(target).get(_MARK)
    return found if isinstance(found, Filter) else None


def describe(target: object) -> FilterInfo:
    """What the room knows of a filter. Raises BadFilter: it is not decorated."""
    return filter_of(target).info


def _mark(
    target: Target, info: FilterInfo, format_: Format, chroma: Chroma, policy: Policy
) -> Target:
    call = _call(target)
    takes_context = "context" in inspect.signature(call).parameters
    file = call.__code__.co_filename
    setattr(target, _MARK, Filter(info, target, file, format_, chroma, policy, takes_context))
    return target


def _info(
    target: Callable[..., Any],
    kind: Kind,
    title: str,
    category: str,
    description: str,
    name: str | None,
    *,
    private: bool,
) -> FilterInfo:
    if not title or len(title) > MAX_TITLE or not title.isprintable():
        raise BadFilter(f"A filter's title is one line of at most {MAX_TITLE} characters.")
    if len(description) > MAX_DESCRIPTION or not is_printable(description):
        raise BadFilter(
            f"{title}: a description is one line of at most {MAX_DESCRIPTION} characters."
        )
    if not _CATEGORY.fullmatch(category):
        raise BadFilter(f"{title}: a category is one small word.")
    return FilterInfo(
        name=_checked_name(name or _dashed(target.__name__)),
        title=title,
        kind=kind,
        category=category,
        description=description,
        private=private,
        params=tuple(_params(target, title).values()),
    )


def _dashed(name: str) -> str:
    """`LightPainting` and `light_painting` are light-painting."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).replace("_", "-").strip("-").lower()


def _checked_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise BadFilter(f"{name[:80]!r} is no filter name: small letters, digits and . _ - only.")
    return name


def _call(target: Callable[..., Any]) -> Any:
    """The plain function that maps a frame."""
    call = target
    if isinstance(target, type):
        required = [
            parameter
            for parameter in inspect.signature(target).parameters.values()
            if parameter.default is parameter.empty and parameter.kind not in _VARIABLE
        ]
        if required:
            raise BadFilter(f"{target.__name__} is made without arguments; use start instead.")
        call = target.__call__
    if not inspect.isfunction(call):
        raise BadFilter("A filter is a function, or a class with __call__.")
    if inspect.iscoroutinefunction(call) or inspect.isgeneratorfunction(call):
        raise BadFilter("A filter is a plain function: neither async nor a generator.")
    return call


def _params(target: Callable[..., Any], title: str) -> dict[str, ParamInfo]:
    """Read the parameters, and put their values where the declarations stood.

    So the function can be called as any other, in the author's tests for example. What was read is
    kept with the function: a base class's `__call__` may belong to several filters.
    """
    call = _call(target)
    known: dict[str, ParamInfo] = vars(call).setdefault(_PARAMS, {})
    taken = list(inspect.signature(call).parameters.values())[isinstance(target, type) :]
    if not taken or taken[0].kind not in _POSITIONAL:
        raise BadFilter(f"{title}: the first argument is the picture or the sound.")
    for one in taken[1:]:
        if one.kind not in _NAMED:
            raise BadFilter(f"{title}: the argument {one.name} must be one that can be named.")
        if one.name == "context" or one.name in known:
            continue
        if not isinstance(one.default, Declared):
            raise BadFilter(f"{title}: the argument {one.name} needs a Param as its default.")
        known[one.name] = one.default.info(one.name, whole=one.annotation in (int, "int"))
    if len(known) > MAX_PARAMS:
        raise BadFilter(f"{title}: a filter has at most {MAX_PARAMS} parameters.")
    _set_defaults(call, taken, known)
    return known


def _set_defaults(
    call: Any, taken: Sequence[inspect.Parameter], known: Mapping[str, ParamInfo]
) -> None:
    values = {name: argument(info, info.checked(info.default), {}) for name, info in known.items()}
    with_default = [one for one in taken if one.default is not one.empty]
    call.__defaults__ = tuple(
        values.get(one.name, one.default) for one in with_default if one.kind in _POSITIONAL
    )
    call.__kwdefaults__ = {
        one.name: values.get(one.name, one.default)
        for one in with_default
        if one.kind is one.KEYWORD_ONLY
    }
