"""`greenroom filter`: try filters on files and see what they cost, without a server.

What runs filters is imported when a command runs: `greenroom serve` reads this module too, and
neither OpenCV nor anybody's filter belongs into the process that moves packets.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rooms.errors import RoomError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rooms.filters.declare import Filter

EXIT_FAILED = 1
EXIT_BAD_USAGE = 2
SIZES = ((640, 360), (1280, 720))

filters = typer.Typer(
    name="filter",
    help="Try filters on files and see what they cost, without a server.",
    no_args_is_help=True,
)

Name = Annotated[str, typer.Argument(help="as `greenroom filter list` shows it")]
Paths = Annotated[
    list[Path] | None,
    typer.Option("--filters", help="a file of filters or a directory of them; may be repeated"),
]
Models = Annotated[
    Path | None,
    typer.Option(
        "--filter-models", help="the directory of your ONNX models", exists=True, file_okay=False
    ),
]
Values = Annotated[list[str] | None, typer.Option("--param", help="name=value; may be repeated")]


@filters.command("list")
def list_filters(paths: Paths = None, models: Models = None) -> None:
    """Name every filter and its parameters."""
    with _told_in_a_sentence():
        from server.filter_choice import offered, usage

        for one in offered(paths or [], models, _warn):
            typer.echo(usage(one))


@filters.command()
def run(
    name: Name,
    source: Annotated[Path, typer.Option("--input", help="a video, sound or picture file")],
    target: Annotated[Path, typer.Option("--output", help="what to write; replaced if there")],
    values: Values = None,
    paths: Paths = None,
    models: Models = None,
) -> None:
    """Apply a filter to a file."""
    with _told_in_a_sentence():
        from server.filter_choice import step
        from server.filter_files import convert

        chosen = step(_find(name, paths, models), values or [])
        typer.echo(convert(chosen, source, target))


@filters.command()
def bench(name: Name, values: Values = None, paths: Paths = None, models: Models = None) -> None:
    """Say what a filter costs on a moving picture (or a voice) made for this."""
    with _told_in_a_sentence():
        from rooms.filters.measuring import measure
        from rooms.participant import Kind
        from server.filter_choice import at_work, step

        chosen = step(_find(name, paths, models), values or [])
        if chosen.filter.info.kind is Kind.AUDIO:
            measured = chosen if values else at_work(chosen)
            cost = measure(measured, frames=500)
            most = ", ".join(f"{name} {value}" for name, value in measured.params.items())
            told = f", with {most}" if measured is not chosen else ""
            typer.echo(f"20 ms packet  {cost.ms:7.3f} ms, {cost.core:6.1%} of a core at 50/s{told}")
            return
        for width, height in SIZES:
            cost = measure(chosen, width=width, height=height)
            typer.echo(
                f"{width}x{height}".rjust(9)
                + f"  {cost.ms:7.2f} ms a frame (19 of 20 under {cost.slowest_ms:.2f}),"
                f" {cost.core:6.1%} of a core at 30/s"
            )


def _find(name: str, paths: list[Path] | None, models: Path | None) -> Filter:
    from server.filter_choice import find, offered

    return find(name, offered(paths or [], models, _warn))


def _warn(error: Exception) -> None:
    typer.echo(f"greenroom: {error}", err=True)


@contextmanager
def _told_in_a_sentence() -> Iterator[None]:
    """Errors that are not ours, as one line and an exit code."""
    from rooms.filters.failures import FilterFailed
    from server.filter_output import CannotConvert

    try:
        yield
    except RoomError as error:
        _give_up(error.message, EXIT_BAD_USAGE)
    except FilterFailed as failed:
        where = f"{failed.file}, line {failed.line}" if failed.line else failed.file
        _give_up(f"{where}: {failed.message}", EXIT_FAILED)
    except CannotConvert as error:
        _give_up(str(error), EXIT_FAILED)


def _give_up(sentence: str, code: int) -> None:
    typer.echo(f"greenroom: {sentence}", err=True)
    raise SystemExit(code)
