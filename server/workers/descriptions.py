"""Filters as a worker describes them, read back."""

from typing import Any

from rooms.effects import FilterInfo, Origin, ParamInfo, ParamKind
from rooms.participant import Kind
from server.workers.plan import FileTrouble
from server.workers.wire import Nonsense


def read_filters(answer: dict[str, Any]) -> tuple[FilterInfo, ...]:
    """Raises Nonsense: no worker of ours describes filters like this."""
    try:
        return tuple(_filter(one) for one in answer["filters"])
    except (LookupError, TypeError, ValueError) as error:
        raise Nonsense from error


def read_troubles(answer: dict[str, Any]) -> tuple[FileTrouble, ...]:
    """Raises Nonsense: as `read_filters`."""
    try:
        return tuple(FileTrouble(**one) for one in answer["broken"])
    except (LookupError, TypeError) as error:
        raise Nonsense from error


def _filter(one: dict[str, Any]) -> FilterInfo:
    changed = {
        "kind": Kind(one["kind"]),
        "origin": Origin(one["origin"]),
        "params": tuple(_param(param) for param in one["params"]),
    }
    return FilterInfo(**{**one, **changed})


def _param(one: dict[str, Any]) -> ParamInfo:
    choices = tuple((value, words) for value, words in one["choices"])
    return ParamInfo(**{**one, "kind": ParamKind(one["kind"]), "choices": choices})
