"""What wire messages about effects and filters are made of."""

from typing import Annotated, Literal

from pydantic import Field

from rooms.effects import MAX_TEXT
from rooms.shapes import Id, KindName, Wire

MAX_PARAMS = 64
"""Of one effect in a request; no filter has so many."""

FilterName = Annotated[str, Field(min_length=1, max_length=64)]
ParamName = Annotated[str, Field(min_length=1, max_length=64)]
_Whole = Annotated[int, Field(ge=-(2**53), le=2**53)]
_Fraction = Annotated[float, Field(allow_inf_nan=False)]
_Text = Annotated[str, Field(max_length=MAX_TEXT)]
ParamGiven = bool | _Whole | _Fraction | _Text
Params = Annotated[dict[ParamName, ParamGiven], Field(max_length=MAX_PARAMS)]


class EffectRequest(Wire):
    """An effect as its owner wants it. A parameter that is not given has its default."""

    id: Id
    filter: FilterName
    params: Params


class EffectShape(Wire):
    """An effect as its owner has it, with all parameters."""

    id: str
    filter: str
    title: str
    params: dict[str, bool | int | float | str]


class EffectsShape(Wire):
    """What one participant uses, in the order in which it is applied."""

    video: list[EffectShape]
    audio: list[EffectShape]
    shown: bool


class ChoiceShape(Wire):
    value: str
    title: str


class ParamShape(Wire):
    name: str
    title: str
    kind: Literal["number", "choice", "switch", "text", "colour", "image"]
    default: bool | int | float | str
    low: float
    high: float
    step: float
    whole: bool
    unit: str
    choices: list[ChoiceShape]


class FilterErrorShape(Wire):
    message: str
    line: int | None


class FilterShape(Wire):
    name: str
    title: str
    kind: KindName
    category: str
    description: str
    private: bool
    origin: Literal["built-in", "package", "file"]
    file: str | None
    broken: bool
    error: FilterErrorShape | None
    params: list[ParamShape]


class CostShape(Wire):
    """What a chain costs just now; times in milliseconds."""

    ms: float
    filters: dict[str, float]
    dropped: int
    delay_ms: float
    fps: float
    width: int
    height: int
    degraded: Literal["frames", "resolution"] | None
    peak_dbfs: float | None
