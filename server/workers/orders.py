"""What the server tells a worker to do, as JSON and back."""

from dataclasses import dataclass
from typing import Any, Self

from rooms.effects import ParamValue


@dataclass(frozen=True, slots=True)
class SourceText:
    """One version of an operator's file.

    Attributes:
        path: as tracebacks show it.
        version: another one is other code.
        text: None: the worker has this version already.
    """

    path: str
    version: int
    text: str | None


@dataclass(frozen=True, slots=True)
class StepOrder:
    """One effect.

    Attributes:
        id: of the effect.
        filter: its name.
        private: nothing may be shown while it does not work.
        source: the file that the filter is in; None: it is built in or in a package.
        rests: it has just ended a process: others come first.
    """

    id: str
    filter: str
    params: tuple[tuple[str, ParamValue], ...]
    private: bool
    source: SourceText | None = None
    rests: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """A whole chain.

    Attributes:
        version: grows with every order to one worker.
        gain_db: after all effects; for sound only.
        keyframe: the next picture that comes out must be one.
    """

    version: int
    steps: tuple[StepOrder, ...]
    gain_db: float = 0.0
    keyframe: bool = False

    def to_note(self) -> dict[str, Any]:
        return {
            "do": "configure",
            "version": self.version,
            "gain_db": self.gain_db,
            "keyframe": self.keyframe,
            "steps": [
                {
                    "id": step.id,
                    "filter": step.filter,
                    "params": dict(step.params),
                    "private": step.private,
                    "source": step.source and source_to_note(step.source),
                    "rests": step.rests,
                }
                for step in self.steps
            ],
        }

    @classmethod
    def of_note(cls, note: dict[str, Any]) -> Self:
        steps = tuple(
            StepOrder(
                step["id"],
                step["filter"],
                tuple(step["params"].items()),
                step["private"],
                step["source"] and SourceText(**step["source"]),
                step["rests"],
            )
            for step in note["steps"]
        )
        return cls(note["version"], steps, note["gain_db"], note["keyframe"])


def source_to_note(source: SourceText) -> dict[str, Any]:
    return {"path": source.path, "version": source.version, "text": source.text}


@dataclass(frozen=True, slots=True)
class StreamJob:
    """What a worker that serves a stream is started with."""

    kind: str
    codec: str
    max_width: int
    max_height: int
    bitrate_bps: int
