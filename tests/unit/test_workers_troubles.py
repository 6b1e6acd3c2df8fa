"""What is told of the failures of effects, and to whom their words are left."""

from collections.abc import Callable

import pytest
import structlog.testing

from rooms.effects import Effect, FilterInfo, Origin
from rooms.participant import Kind
from server.workers.catalogue import Catalogue
from server.workers.plan import Plan
from server.workers.reports import Failure
from server.workers.streams import Trouble, TroubleKind
from server.workers.troubles import Troubles

SECRET = "FileNotFoundError: No such file: '/home/operator/secret.csv'"


class Shelf(Catalogue):
    """A catalogue without pictures."""

    def picture(self, id_: str) -> bytes | None:
        return None


def never() -> None:
    pytest.fail("nothing is off yet")


@pytest.fixture
def told() -> list[Trouble]:
    return []


@pytest.fixture
def fail(told: list[Trouble]) -> Callable[[Origin, TroubleKind], None]:
    """Lets a worker tell of a failure of a filter from there."""

    def one(origin: Origin, kind: TroubleKind) -> None:
        info = FilterInfo("boom", "Boom", Kind.VIDEO, origin=origin)
        shelf = Shelf(lambda: 0.0)
        if origin is Origin.FILE:
            shelf.loaded(shelf.next_source("/filters/boom.py", "text"), (info,))
        else:
            shelf.ship([info])
        troubles = Troubles("stream", shelf, told.append, lambda _: None, never)
        troubles.concern([Effect("one", "boom", "Boom")])
        troubles.told(Failure("one", kind, SECRET, "boom.py", 4), Plan())

    return one


def test_the_operators_file_says_where_it_failed_and_why(
    told: list[Trouble], fail: Callable[[Origin, TroubleKind], None]
) -> None:
    fail(Origin.FILE, TroubleKind.ERROR)
    assert told == [Trouble("one", "boom", "Boom", TroubleKind.ERROR, SECRET, "boom.py", 4)]


@pytest.mark.parametrize("kind", list(TroubleKind))
@pytest.mark.parametrize("origin", [Origin.PACKAGE, Origin.BUILT_IN])
def test_what_is_shipped_tells_guests_nothing_of_the_machine(
    told: list[Trouble],
    fail: Callable[[Origin, TroubleKind], None],
    origin: Origin,
    kind: TroubleKind,
) -> None:
    with structlog.testing.capture_logs() as logs:
        fail(origin, kind)
    (trouble,) = told
    assert (trouble.kind, trouble.file, trouble.line) == (kind, None, None)
    assert trouble.message.startswith("It")
    assert "secret" not in trouble.message + str(logs)
    found = [line for line in logs if line["event"] == "shipped-filter-failed"]
    assert [(line["error"], line["file"], line["line"]) for line in found] == [
        ("FileNotFoundError", "boom.py", 4)
    ]
