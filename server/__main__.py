"""The `greenroom` command."""

import asyncio
import contextlib
import gc
import inspect
import signal
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import structlog
import typer

from server import __version__, log
from server.addresses import lan_addresses
from server.app import CannotStart, Server
from server.banner import Listening, banner
from server.config import Config, ConfigError, allowed, load_config, option_name
from server.filter_command import filters
from server.media.loop import new_event_loop
from server.open_files import MARGIN, raise_open_files_limit

EXIT_CANNOT_RUN = 1
EXIT_BAD_CONFIGURATION = 2
_BLOCKS = "█▀▄"

cli = typer.Typer(
    name="greenroom",
    help="A self-hosted video room: run it, share the URL, and people see and hear each other.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@cli.callback()
def greenroom(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Say the version."),
    ] = False,
) -> None:
    """What comes before a subcommand."""


def serve(config: Path | None, **settings: str | bool | None) -> None:
    """Run the server until it is stopped with Ctrl+C or SIGTERM.

    Each option is a setting; it goes before the GREENROOM_* variable and the TOML file.
    """
    try:
        chosen = load_config(settings, config)
    except ConfigError as error:
        _give_up(error, EXIT_BAD_CONFIGURATION)
    log.configure(chosen.log_format, chosen.log_level)
    _make_room_for(chosen.max_connections)
    try:
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            runner.run(_run(chosen))
    except ConfigError as error:
        _give_up(error, EXIT_BAD_CONFIGURATION)
    except CannotStart as error:
        _give_up(error, EXIT_CANNOT_RUN)


def _option(setting: str) -> inspect.Parameter:
    """A command line option for a setting: taken as text, checked with all the others."""
    name = option_name(setting)
    field = Config.model_fields[setting]
    if field.annotation is bool:
        kind: Any = bool | None
        names = (f"{name}/--no-{name.removeprefix('--')}",)
    else:
        kind, names = str | None, (name,)
    default = field.default
    help_text = allowed(setting)
    if default not in (None, ()):
        shown = ",".join(default) if isinstance(default, tuple) else default
        help_text += f"; default {shown}"
    return inspect.Parameter(
        setting,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[kind, typer.Option(*names, help=help_text, show_default=False)],
    )


def _with_every_setting() -> inspect.Signature:
    config_file = inspect.Parameter(
        "config",
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[
            Path | None, typer.Option("--config", help="a TOML file with settings")
        ],
    )
    return inspect.Signature([config_file, *map(_option, Config.model_fields)])


serve.__signature__ = _with_every_setting()  # type: ignore[attr-defined]
cli.command()(serve)
cli.add_typer(filters)


def _make_room_for(connections: int) -> None:
    """A server out of files accepts nobody, long before it says that it is full."""
    limit, needed = raise_open_files_limit(), connections + MARGIN
    if limit < needed:
        structlog.get_logger().warning("open-files-limit-low", limit=limit, needed=needed)


async def _run(config: Config) -> None:
    asked_to_stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, asked_to_stop.set)
    loop.set_exception_handler(log.unhandled)
    async with Server(config) as server:
        listening = Listening(
            scheme="https" if server.tls else "http",
            port=server.port,
            public_url=config.public_url,
            lan=tuple(lan_addresses(config.host)),
            fingerprint=server.tls.fingerprint if server.tls else None,
        )
        typer.echo(banner(__version__, listening, blocks=_can_print(_BLOCKS)))
        # What was made until now stays. Looking through it for garbage again and again would take
        # a good part of a busy server's time, and make media wait tens of milliseconds.
        gc.collect()
        gc.freeze()
        await asked_to_stop.wait()
        for number in (signal.SIGINT, signal.SIGTERM):  # a second one ends it at once
            loop.remove_signal_handler(number)


def _can_print(characters: str) -> bool:
    with contextlib.suppress(UnicodeEncodeError, LookupError):
        characters.encode(sys.stdout.encoding or "ascii")
        return True
    return False


def _give_up(error: Exception, code: int) -> NoReturn:
    typer.echo(f"greenroom: {error}", err=True)
    raise SystemExit(code)


def main() -> None:
    cli(prog_name="greenroom")


if __name__ == "__main__":
    main()
