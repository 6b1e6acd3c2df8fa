"""How docs/filters.md writes down what a built-in filter takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rooms.effects import FilterInfo, ParamKind

if TYPE_CHECKING:
    from rooms.effects import ParamInfo

HEAD = "| Parameter | Title | Values | Default |\n|---|---|---|---|"
MODEL = "model"


def parameter_table(info: FilterInfo) -> str:
    """A Markdown table; empty for a filter without parameters.

    Which models there are is up to the operator.
    """
    rows = [
        f"| `{param.name}` | {param.title} | {_values(param)} | {_default(param)} |"
        for param in info.params
    ]
    return "\n".join([HEAD, *rows]) if rows else ""


def _values(param: ParamInfo) -> str:
    if param.name == MODEL:
        return "the models that there are"
    match param.kind:
        case ParamKind.NUMBER:
            unit = f" {param.unit}" if param.unit else ""
            step = f", in steps of {param.step:g}" if param.step not in (0, 1) else ""
            return f"{param.low:g} to {param.high:g}{unit}{step}"
        case ParamKind.CHOICE:
            return ", ".join(f"`{value}` ({title})" for value, title in param.choices)
        case ParamKind.SWITCH:
            return "on or off"
        case ParamKind.TEXT:
            return "a line of text"
        case ParamKind.COLOUR:
            return "a colour"
        case ParamKind.IMAGE:
            return "a picture of yours"


def _default(param: ParamInfo) -> str:
    if param.name == MODEL:
        return "the first"
    match param.kind:
        case ParamKind.SWITCH:
            return "on" if param.default else "off"
        case ParamKind.NUMBER:
            return f"{param.default:g}"
        case _:
            return f"`{param.default}`" if param.default else "none"
