"""Filters as a worker describes them: what is read is what was meant, or nothing."""

from dataclasses import asdict
from typing import Any

import pytest

from rooms.filters.loading import load_builtins
from server.workers.descriptions import read_filters, read_names, read_troubles
from server.workers.plan import FileTrouble
from server.workers.wire import Nonsense, note, read_note

BUILTINS = [one.info for one in load_builtins()]
EDGES: dict[str, Any] = asdict(next(info for info in BUILTINS if info.name == "edges"))
PARAM: dict[str, Any] = EDGES["params"][0]
TROUBLE = {"file": "mine.py", "line": 3, "message": "no"}


def told(value: dict[str, Any]) -> dict[str, Any]:
    return read_note(note(value))


def test_all_built_in_filters_are_the_same_after_their_journey() -> None:
    answer = told({"filters": list(map(asdict, BUILTINS))})
    assert read_filters(answer) == tuple(BUILTINS)


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "Edges"},
        {"name": "\udcff"},
        {"name": 3},
        {"title": None},
        {"kind": "smell"},
        {"category": "two words"},
        {"origin": "moon"},
        {"file": 3},
        {"params": [{}]},
        {"params": [PARAM] * 25},
        {"params": [{**PARAM, "default": 1e308}]},
        {"params": [{**PARAM, "low": "x"}]},
        {"params": [{**PARAM, "choices": [["a"]]}]},
        {"params": [{**PARAM, "kind": "text", "default": "\udcff"}]},
    ],
)
def test_other_descriptions_are_nonsense(changed: dict[str, Any]) -> None:
    with pytest.raises(Nonsense):
        read_filters(told({"filters": [{**EDGES, **changed}]}))


def test_words_of_descriptions_can_be_sent() -> None:
    words = {"title": "\udcff", "description": "a\nb", "file": "caf\udce9.py"}
    (one,) = read_filters(told({"filters": [{**EDGES, **words}]}))
    assert (one.title, one.description, one.file) == ("\ufffd", "a\ufffdb", "caf\ufffd.py")


def test_troubles_are_read() -> None:
    assert read_troubles(told({"broken": [TROUBLE]})) == (FileTrouble("mine.py", 3, "no"),)
    for bad in ({"line": "3"}, {"message": 3}, {"file": None}):
        with pytest.raises(Nonsense):
            read_troubles(told({"broken": [{**TROUBLE, **bad}]}))
    for answer in ({}, {"broken": 3}, {"broken": [3]}):
        with pytest.raises(Nonsense):
            read_troubles(told(answer))


def test_names_of_packages_are_read() -> None:
    assert read_names({"packages": ["a", "b"]}) == ["a", "b"]
    for answer in ({}, {"packages": "ab"}, {"packages": [1]}):
        with pytest.raises(Nonsense):
            read_names(answer)
