"""Which filters there are, from which text, and what a chain comes to with them."""

import errno
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

import pytest

from rooms.effects import Effect, FilterError, FilterInfo, Origin, ParamInfo, ParamKind
from rooms.errors import UnknownFilter
from rooms.participant import Kind
from server.workers import watch as watch_module
from server.workers.catalogue import TRIAL_S, Catalogue
from server.workers.orders import Order, SourceText
from server.workers.plan import FileTrouble, make_plan
from server.workers.streams import TroubleKind
from server.workers.watch import GONE_AFTER, Watch

SHADE = ParamInfo("shade", "Shade", ParamKind.NUMBER, 5, 0, 10, whole=True)
IMAGE = ParamInfo("image", "Image", ParamKind.IMAGE, "")
TROUBLE = FileTrouble("mine.py", 3, "SyntaxError: invalid syntax")


def info(name: str, *params: ParamInfo, private: bool = False) -> FilterInfo:
    return FilterInfo(name, name.title(), Kind.VIDEO, private=private, params=params)


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


class Shelf(Catalogue):
    """A catalogue without pictures."""

    def picture(self, id_: str) -> bytes | None:
        return None


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shelf(clock: Clock) -> Shelf:
    shelf = Shelf(clock)
    shelf.ship([info("edges", SHADE), info("hide", private=True)])
    return shelf


def load(shelf: Shelf, *filters: FilterInfo, path: str = "/x/mine.py") -> SourceText:
    source = shelf.next_source(path, "text")
    shelf.loaded(source, filters)
    return source


def test_filters_are_found_by_name(shelf: Shelf) -> None:
    source = load(shelf, info("mine.a"))
    assert [one.name for one in shelf.filters] == ["edges", "hide", "mine.a"]
    assert shelf.source_of("mine.a") == source
    assert shelf.source_of("edges") is None
    for name in ("nothing", "", "__class__"):
        with pytest.raises(UnknownFilter):
            shelf.find(name)


def test_the_first_of_a_name_has_it(shelf: Shelf) -> None:
    load(shelf, info("edges"), info("mine.a"))
    load(shelf, info("mine.a"), path="/y/mine.py")
    assert shelf.source_of("edges") is None
    source = shelf.source_of("mine.a")
    assert source is not None
    assert source.path == "/x/mine.py"


def test_a_file_goes_before_an_installed_package(shelf: Shelf) -> None:
    """Its author edits it and wants to see that."""
    packaged = [replace(info(name), origin=Origin.PACKAGE) for name in ("mine.a", "mine.b")]
    shelf.ship([info("edges"), *packaged])
    source = load(shelf, replace(info("mine.a"), origin=Origin.FILE))
    assert shelf.source_of("mine.a") == source
    assert shelf.find("mine.a").origin is Origin.FILE
    assert shelf.find("mine.b").origin is Origin.PACKAGE
    shelf.removed("/x/mine.py")
    assert shelf.source_of("mine.a") is None
    assert shelf.find("mine.a").origin is Origin.PACKAGE


def test_a_broken_file_keeps_the_text_that_works(shelf: Shelf) -> None:
    good = load(shelf, info("mine.a"))
    shelf.broken("/x/mine.py", TROUBLE)
    assert shelf.source_of("mine.a") == good
    assert shelf.trouble_of("mine.a") == TROUBLE
    assert shelf.find("mine.a").error == FilterError(TROUBLE.message, TROUBLE.line)
    assert shelf.find("edges").error is None
    load(shelf, info("mine.a"))
    assert shelf.trouble_of("mine.a") is None
    assert shelf.find("mine.a").error is None


def test_a_file_that_never_worked_is_listed_as_broken(shelf: Shelf) -> None:
    shelf.broken("/x/My file.py", TROUBLE)
    one = shelf.find("my-file")
    assert (one.broken, one.file, one.origin) == (True, "My file.py", Origin.FILE)
    assert one.error == FilterError(TROUBLE.message, TROUBLE.line)
    shelf.removed("/x/My file.py")
    with pytest.raises(UnknownFilter):
        shelf.find("my-file")


def test_new_code_is_taken_back_while_it_is_on_trial(shelf: Shelf, clock: Clock) -> None:
    first = load(shelf, info("mine.a"))
    assert not shelf.go_back(first, TROUBLE)
    second = load(shelf, info("mine.a"), info("mine.b"))
    assert shelf.go_back(second, TROUBLE)
    assert shelf.source_of("mine.a") == first
    assert shelf.trouble_of("mine.a") == TROUBLE
    assert shelf.go_back(second, TROUBLE), "what comes of the text that is gone is not counted"
    assert not shelf.go_back(first, TROUBLE)
    third = load(shelf, info("mine.a"))
    clock.now += TRIAL_S + 1
    assert not shelf.go_back(third, TROUBLE)
    assert shelf.source_of("mine.a") == third


def effect(name: str, id_: str = "one", private: bool = False, **params: int | str) -> Effect:
    return Effect(id_, name, name, tuple(params.items()), private)


def never(_: str) -> bool:
    return False


def test_a_plan_has_all_parameters_as_they_are_now(shelf: Shelf) -> None:
    load(shelf, info("mine.a", SHADE, IMAGE))
    plan = make_plan(
        [effect("mine.a", shade=99, gone=1, image="abc"), effect("edges", "two", shade=7)],
        shelf,
        never,
    )
    assert [step.params for step in plan.steps] == [
        (("shade", 5), ("image", "abc")),
        (("shade", 7),),
    ]
    assert plan.pictures == {"abc"}
    assert plan.troubles == []


def test_what_hides_and_cannot_be_used_holds_everything(shelf: Shelf) -> None:
    assert make_plan([effect("hide")], shelf, lambda _: True).held
    assert not make_plan([effect("edges")], shelf, lambda _: True).held
    gone = make_plan([effect("gone", private=True)], shelf, never)
    assert gone.held
    assert [trouble.kind for trouble in gone.troubles] == [TroubleKind.BROKEN_FILE]
    works = make_plan([effect("hide")], shelf, never)
    assert not works.held
    assert works.private
    assert not make_plan([effect("edges")], shelf, never).private


def test_an_order_is_the_same_after_its_journey(shelf: Shelf) -> None:
    load(shelf, info("mine.a", SHADE))
    plan = make_plan([effect("edges"), effect("mine.a", "two")], shelf, never)
    order = Order(3, tuple(plan.steps), -2.5, True)
    assert Order.of_note(order.to_note()) == order


def test_a_file_is_named_when_it_has_settled(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    watch = Watch([tmp_path])
    assert watch.look() == ([], [])
    file.write_text("one", encoding="utf-8")
    assert watch.look() == ([], [])
    assert watch.look() == ([str(file)], [])
    assert watch.look() == ([], [])
    file.write_text("three", encoding="utf-8")
    assert watch.look() == ([], [])
    file.write_text("fourth", encoding="utf-8")
    assert watch.look() == ([], [])
    assert watch.look() == ([str(file)], [])


def test_a_file_that_is_away_for_a_moment_is_not_gone(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("one", encoding="utf-8")
    watch = Watch([file])
    watch.look()
    watch.look()
    file.unlink()
    assert [watch.look() for _ in range(GONE_AFTER - 1)] == [([], [])] * (GONE_AFTER - 1)
    assert watch.look() == ([], [str(file)])
    file.write_text("one", encoding="utf-8")
    watch.look()
    assert watch.look() == ([str(file)], [])


@pytest.mark.parametrize("refused", ["listdir", "stat"])
def test_what_cannot_be_read_for_a_moment_is_not_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    """Descriptors or rights may be missing: that says nothing about the files."""
    file = tmp_path / "mine.py"
    file.write_text("one", encoding="utf-8")
    watch = Watch([tmp_path])
    watch.look()
    watch.look()

    def refuse(path: object) -> NoReturn:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    with monkeypatch.context() as patch:
        patch.setattr(os, refused, refuse)
        looks = [watch.look() for _ in range(2 * GONE_AFTER)]
    assert looks == [([], [])] * (2 * GONE_AFTER)
    assert watch.look() == ([], [])
    file.unlink()
    assert [watch.look() for _ in range(GONE_AFTER)][-1] == ([], [str(file)])


def test_files_beyond_the_most_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch_module, "MAX_FILES", 2)
    for name in "cadb":
        (tmp_path / f"{name}.py").write_text("", encoding="utf-8")
    watch = Watch([tmp_path])
    watch.look()
    assert watch.look() == ([str(tmp_path / "a.py"), str(tmp_path / "b.py")], [])
    assert watch.left_out == 2
    (tmp_path / "c.py").unlink()
    watch.look()
    assert watch.left_out == 1


def test_hidden_files_and_others_do_not_count(tmp_path: Path) -> None:
    for name in ("_mine.py", ".mine.py", "mine.txt"):
        (tmp_path / name).write_text("", encoding="utf-8")
    os.symlink(tmp_path / "nowhere", tmp_path / "dangling.py")
    watch = Watch([tmp_path, tmp_path / "missing"])
    watch.look()
    assert watch.look() == ([], [])
