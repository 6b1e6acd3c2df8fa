"""What a worker tells beside frames, read with care: operators' code runs in that process."""

from dataclasses import dataclass
from typing import Any

from server.workers.streams import Degraded, TroubleKind
from server.workers.wire import Nonsense, read_note


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
                kind = TroubleKind(note["kind"])
                return Failure(note["id"], kind, note["message"], note["file"], note["line"])
            case "cost":
                degraded = note["degraded"] and Degraded(note["degraded"])
                return Spent(note["ms"], note["filters"], degraded, note["peak_dbfs"])
            case "emitted":
                return Emitted(note["id"], note["filter"], note["kind"], note["data"])
    except (LookupError, ValueError) as error:
        raise Nonsense from error
    raise Nonsense
