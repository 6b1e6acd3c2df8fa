"""What a worker tells beside frames, read with care: operators' code runs in that process."""

from dataclasses import dataclass
from typing import Any, Final

from rooms.emitted import checked_event
from rooms.errors import InvalidEffect
from rooms.texts import is_printable, printable
from server.workers.streams import Degraded, TroubleKind
from server.workers.wire import Nonsense, read_note

MAX_MESSAGE: Final = 200
MAX_FILE: Final = 100
MAX_WORD: Final = 80
MAX_COSTS: Final = 64
"""Effects of one second: the chain may have been another several times."""
MAX_LINE: Final = 1 << 31
MAX_NUMBER: Final = 1e9


@dataclass(frozen=True, slots=True)
class Failure:
    """An effect failed; see `Trouble`."""

    effect_id: str
    kind: TroubleKind
    message: str
    file: str | None
    line: int | None


@dataclass(frozen=True, slots=True)
class Spent:
    """What the frames of the last second took in the worker; see `Cost`."""

    ms: float
    filters: dict[str, float]
    degraded: Degraded | None
    peak_dbfs: float | None


@dataclass(frozen=True, slots=True)
class Emitted:
    """A filter has found something."""

    effect_id: str
    filter: str
    kind: str
    data: dict[str, Any]


Report = Failure | Spent | Emitted


def read_report(message: bytes) -> Report:
    """Raises Nonsense: it is none."""
    note = read_note(message)
    try:
        match note["tell"]:
            case "trouble":
                return _failure(note)
            case "cost":
                return _spent(note)
            case "emitted":
                return _emitted(note)
    except (LookupError, TypeError, ValueError, InvalidEffect) as error:
        raise Nonsense from error
    raise Nonsense


def _failure(note: dict[str, Any]) -> Failure:
    file = note["file"]
    return Failure(
        _word(note["id"]),
        TroubleKind(note["kind"]),
        text(note["message"], MAX_MESSAGE),
        None if file is None else text(file, MAX_FILE),
        line(note["line"]),
    )


def _spent(note: dict[str, Any]) -> Spent:
    filters, degraded, peak = note["filters"], note["degraded"], note["peak_dbfs"]
    if not isinstance(filters, dict) or len(filters) > MAX_COSTS:
        raise Nonsense
    return Spent(
        _number(note["ms"]),
        {_word(id_): _number(ms) for id_, ms in filters.items()},
        None if degraded is None else Degraded(degraded),
        None if peak is None else _number(peak),
    )


def _emitted(note: dict[str, Any]) -> Emitted:
    kind, data = note["kind"], note["data"]
    if not isinstance(data, dict):
        raise Nonsense
    return Emitted(_word(note["id"]), _word(note["filter"]), kind, checked_event(kind, data))


def text(value: object, most: int) -> str:
    """A text for people. Raises Nonsense: it is none."""
    if not isinstance(value, str):
        raise Nonsense
    return printable(value, most)


def line(value: object) -> int | None:
    """Of a file, from 1. Raises Nonsense: it is none."""
    if value is None or (isinstance(value, int) and 0 < value < MAX_LINE):
        return value
    raise Nonsense


def _word(value: object) -> str:
    """An id or a name. Raises Nonsense: it is none."""
    if not isinstance(value, str) or len(value) > MAX_WORD or not is_printable(value):
        raise Nonsense
    return value


def _number(value: object) -> float:
    """Raises Nonsense: it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > MAX_NUMBER:
        raise Nonsense
    return float(value)
