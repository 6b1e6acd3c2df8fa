import random

from rooms.titles import FIRST, SECOND, make_title


def test_a_title_is_two_words_that_fit() -> None:
    title = make_title(random.Random(4).choice)
    first, second = title.split()
    assert first in FIRST
    assert second in SECOND
    assert max(map(len, FIRST)) + max(map(len, SECOND)) < 80


def test_no_word_is_there_twice() -> None:
    assert len({*FIRST, *SECOND}) == len(FIRST) + len(SECOND)
