"""What filters there are, told by a worker that loads them once and ends."""

from dataclasses import asdict
from typing import Any

from rooms.filters.failures import BrokenFile
from server.workers.orders import SourceText
from server.workers.repertoire import Repertoire


def describe(job: dict[str, Any], repertoire: Repertoire) -> dict[str, Any]:
    """The answer to a job.

    Args:
        job: `what` is "builtins", "packages" or "file"; with the last comes a `source`.
        repertoire: to look them up in, or to learn.
    """
    broken: list[BrokenFile] = []
    try:
        match job["what"]:
            case "builtins":
                found = repertoire.builtins
            case "packages":
                found = repertoire.packages(broken)
            case _:
                found = repertoire.learn(SourceText(**job["source"]))
    except BrokenFile as error:
        found, broken = {}, [error]
    return {
        "filters": [asdict(one.info) for one in found.values()],
        "broken": [{"file": one.file, "line": one.line, "message": one.message} for one in broken],
    }
