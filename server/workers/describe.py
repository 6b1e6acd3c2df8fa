"""What filters there are, told by a worker that loads them once and ends."""

from dataclasses import asdict
from typing import Any

from rooms.filters.failures import BrokenFile
from rooms.filters.loading import package_names
from server.workers.link import Link
from server.workers.orders import SourceText
from server.workers.repertoire import Repertoire
from server.workers.wire import read_note


def describe(job: dict[str, Any], link: Link, repertoire: Repertoire) -> dict[str, Any]:
    """The answer to a job.

    Args:
        job: `what` is "builtins", "packages" for the names of those, "package" with a `name`, or
            "file".
        link: where the text of a file comes from: one note.
        repertoire: to look them up in, or to learn.
    """
    broken: list[BrokenFile] = []
    try:
        match job["what"]:
            case "packages":
                return {"packages": package_names()}
            case "builtins":
                found = repertoire.builtins
            case "package":
                found = repertoire.package(job["name"], broken)
            case _:
                message = link.receive(wait=True)
                assert message is not None
                found = repertoire.learn(SourceText(**read_note(message[1])))
    except BrokenFile as error:
        found, broken = {}, [error]
    return {
        "filters": [asdict(one.info) for one in found.values()],
        "broken": [{"file": one.file, "line": one.line, "message": one.message} for one in broken],
    }
