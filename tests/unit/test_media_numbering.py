"""Sequence numbers without gaps where padding was."""

from hypothesis import given, settings
from hypothesis import strategies as st

from server.media.numbering import SKIPPED_KEPT, Numbering


@settings(deadline=None)
@given(st.integers(0, 0xFFFF), st.lists(st.booleans(), min_size=1, max_size=300))
def test_what_is_sent_on_has_no_gaps_and_late_packets_fit_in(
    first: int, carries: list[bool]
) -> None:
    numbers = Numbering(first - 1)
    given_out = {}
    for something in carries:
        numbers.newest += 1
        if something:
            given_out[numbers.newest] = numbers.newest - numbers.skipped & 0xFFFF
        else:
            numbers.skip()
    assert list(given_out.values()) == [first + i & 0xFFFF for i in range(len(given_out))]
    for number in range(first, first + len(carries)):
        assert numbers.compact(number) == given_out.get(number)


def test_after_a_jump_numbers_go_on() -> None:
    numbers = Numbering(99)
    numbers.newest += 1
    before = numbers.newest - numbers.skipped
    numbers.restart(40_000)
    numbers.newest += 1
    assert numbers.newest - numbers.skipped == before + 1
    assert numbers.compact(40_001) == before + 1


def test_much_padding_is_not_kept_for_ever() -> None:
    numbers = Numbering(-1)
    for _ in range(10 * SKIPPED_KEPT):
        numbers.newest += 1
        numbers.skip()
    assert len(numbers._gone) <= SKIPPED_KEPT
    assert numbers.compact(numbers.newest - 500) is None
