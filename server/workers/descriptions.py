"""Filters as a worker describes them, read back."""

import re
from dataclasses import replace
from typing import Any, Final

from rooms.effects import FilterInfo, Origin, ParamInfo, ParamKind, ParamValue
from rooms.errors import InvalidEffect
from rooms.participant import Kind
from server.workers.plan import FileTrouble
from server.workers.reports import MAX_FILE, MAX_MESSAGE, line, text
from server.workers.wire import Nonsense

MAX_FILTERS: Final = 256
MAX_PARAMS: Final = 24
MAX_CHOICES: Final = 64
MAX_TITLE: Final = 60
MAX_DESCRIPTION: Final = 300
MAX_PACKAGES: Final = 256
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_CATEGORY: Final = re.compile(r"[a-z]{1,20}")


def read_filters(answer: dict[str, Any]) -> tuple[FilterInfo, ...]:
    """Raises Nonsense: no worker of ours describes filters like this."""
    try:
        return tuple(map(_filter, _few(answer["filters"], MAX_FILTERS)))
    except (LookupError, TypeError, ValueError, InvalidEffect) as error:
        raise Nonsense from error


def read_troubles(answer: dict[str, Any]) -> tuple[FileTrouble, ...]:
    """Raises Nonsense: as `read_filters`."""
    try:
        return tuple(
            FileTrouble(
                text(one["file"], MAX_FILE), line(one["line"]), text(one["message"], MAX_MESSAGE)
            )
            for one in _few(answer["broken"], MAX_FILTERS)
        )
    except (LookupError, TypeError) as error:
        raise Nonsense from error


def read_names(answer: dict[str, Any]) -> list[str]:
    """Those of packages. Raises Nonsense: as `read_filters`."""
    names = answer.get("packages")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Nonsense
    return names[:MAX_PACKAGES]


def _few(values: Any, most: int) -> list[Any]:
    if not isinstance(values, list) or len(values) > most:
        raise Nonsense
    return values


def _matching(pattern: re.Pattern[str], value: object) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise Nonsense
    return value


def _filter(one: dict[str, Any]) -> FilterInfo:
    return FilterInfo(
        name=_matching(_NAME, one["name"]),
        title=text(one["title"], MAX_TITLE),
        kind=Kind(one["kind"]),
        category=_matching(_CATEGORY, one["category"]),
        description=text(one["description"], MAX_DESCRIPTION),
        private=bool(one["private"]),
        params=tuple(map(_param, _few(one["params"], MAX_PARAMS))),
        origin=Origin(one["origin"]),
        file=None if one["file"] is None else text(one["file"], MAX_FILE),
        broken=bool(one["broken"]),
    )


def _param(one: dict[str, Any]) -> ParamInfo:
    default: ParamValue = one["default"]
    choices = _few(one["choices"], MAX_CHOICES)
    info = ParamInfo(
        name=text(one["name"], MAX_TITLE),
        title=text(one["title"], MAX_TITLE),
        kind=ParamKind(one["kind"]),
        default=default,
        low=float(one["low"]),
        high=float(one["high"]),
        step=float(one["step"]),
        whole=bool(one["whole"]),
        unit=text(one["unit"], MAX_TITLE),
        choices=tuple((text(value, MAX_TITLE), text(words, MAX_TITLE)) for value, words in choices),
    )
    return replace(info, default=info.checked(default))
