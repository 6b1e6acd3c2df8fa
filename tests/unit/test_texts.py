"""Words of others are made fit to be sent and shown."""

import json

import pytest

from rooms.filters.failures import MAX_FILE, MAX_MESSAGE, BrokenFile, FilterFailed
from rooms.filters.loading import load_source
from rooms.texts import is_printable, printable

GOOD = """
from rooms.filters import Param, video_filter
@video_filter("Good"{more})
def good(image, kind=Param.choice("a", {{"a": "{words}"}})):
    return image
"""


@pytest.mark.parametrize("text", ["", "Ü", "日本", "👩\u200d👧", "a b"])
def test_what_can_be_shown_stays(text: str) -> None:
    assert is_printable(text)
    assert printable(text, 10) == text


@pytest.mark.parametrize("text", ["caf\udce9.py", "a\nb", "\x1b[31m", "\u202etxt", "\ud83d"])
def test_what_cannot_be_shown_is_marked(text: str) -> None:
    assert not is_printable(text)
    cleaned = printable(text, 20)
    assert is_printable(cleaned)
    assert len(cleaned) == len(text)
    assert "\ufffd" in cleaned
    json.dumps(cleaned, ensure_ascii=False).encode()


def test_what_is_long_is_cut() -> None:
    assert printable("x" * 10, 10) == "x" * 10
    assert printable("x" * 11, 10) == "x" * 9 + "…"


def test_what_is_told_of_failures_can_be_sent() -> None:
    broken = BrokenFile("caf\udce9.py" * 90, None, "bad\udcff" * 100)
    failed = FilterFailed("one", "caf\udce9.py", 3, "bad\udcff")
    for text in (broken.file, broken.message, str(broken), failed.file, failed.message):
        assert text is not None
        text.encode()
    assert (len(broken.file), len(broken.message)) == (MAX_FILE, MAX_MESSAGE)


def test_an_error_of_surrogates_can_be_told() -> None:
    with pytest.raises(BrokenFile) as caught:
        load_source("/x/caf\udce9.py", "raise ValueError('no \\udcff\\n here')", "x")
    assert caught.value.message == "ValueError: no \ufffd here"
    assert caught.value.file == "caf\ufffd.py"


@pytest.mark.parametrize(
    "source",
    [
        GOOD.format(more=', description="\\udcff"', words="A"),
        GOOD.format(more=', description="two\\nlines"', words="A"),
        GOOD.format(more="", words="\\udcff"),
    ],
)
def test_a_declaration_of_surrogates_is_refused(source: str) -> None:
    with pytest.raises(BrokenFile):
        load_source("/x/mine.py", source, "mine")


def test_a_file_whose_name_is_no_utf_8_has_filters() -> None:
    source = GOOD.format(more="", words="A")
    (good,) = load_source("/x/caf\udce9.py", source, "caf")
    assert good.info.file == "caf\ufffd.py"
