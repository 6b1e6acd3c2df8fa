"""Transport-wide feedback, judged by a decoder of its own."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.media.twcc import MAX_MESSAGES, Arrivals
from tests.support.media_feedback import decode


def told(arrivals: Arrivals) -> dict[int, float | None]:
    """What all packets of one round say together."""
    found: dict[int, float | None] = {}
    for packet in arrivals.feedback(1, 2):
        assert len(packet) <= 1200
        found.update(decode(packet)[1])
    return found


def arrive(arrivals: Arrivals, times: dict[int, float]) -> None:
    arrivals.times.update({number & 0xFFFF: at for number, at in times.items()})


@pytest.mark.parametrize("base", [0, 1000, 0xFFFF - 20])
def test_every_packet_is_told_to_a_quarter_of_a_millisecond(base: int) -> None:
    arrivals = Arrivals()
    sent = {base + i: 50.0 + 0.0031 * i for i in range(40)}
    arrive(arrivals, sent)
    found = told(arrivals)
    assert found == {n & 0xFFFF: pytest.approx(at, abs=0.00026) for n, at in sent.items()}


def test_lost_packets_are_told_between_and_before() -> None:
    arrivals = Arrivals()
    arrive(arrivals, {10: 1.0, 11: 1.001, 14: 1.002})
    assert [n for n, at in told(arrivals).items() if at is None] == [12, 13]
    arrive(arrivals, {17: 1.1})
    assert told(arrivals) == {15: None, 16: None, 17: pytest.approx(1.1, abs=0.00026)}


def test_losses_over_the_wrap_are_told() -> None:
    arrivals = Arrivals()
    arrive(arrivals, {0xFFFE: 1.0})
    told(arrivals)
    arrive(arrivals, {0x10001: 1.1})
    assert list(told(arrivals)) == [0xFFFF, 0, 1]


def test_a_packet_that_comes_late_is_told_after_all() -> None:
    arrivals = Arrivals()
    arrive(arrivals, {5: 1.0, 7: 1.01})
    told(arrivals)
    arrive(arrivals, {6: 1.1, 8: 1.09})
    found = told(arrivals)
    assert found[6] == pytest.approx(1.1, abs=0.00026)
    assert found[8] == pytest.approx(1.09, abs=0.00026)
    arrive(arrivals, {9: 1.2})
    assert list(told(arrivals)) == [9], "what was told once is not told again"


def test_order_of_arrival_does_not_matter() -> None:
    arrivals = Arrivals()
    arrive(arrivals, {3: 1.02, 1: 1.0, 2: 1.05})
    found = told(arrivals)
    assert [round(found[n] or 0, 3) for n in (1, 2, 3)] == [1.0, 1.05, 1.02]


def test_a_pause_is_no_problem() -> None:
    arrivals = Arrivals()
    arrive(arrivals, {1: 1.0, 2: 20.0})
    assert told(arrivals)[2] == pytest.approx(20.0, abs=0.00026)


def test_feedback_packets_are_counted() -> None:
    arrivals = Arrivals()
    counts = []
    for number in range(300):
        arrivals.times[number] = number / 10
        counts += [decode(packet)[0] for packet in arrivals.feedback(1, 2)]
    assert counts == [n & 0xFF for n in range(300)]


def test_nothing_came_nothing_is_told() -> None:
    assert Arrivals().feedback(1, 2) == []


def test_a_peer_that_counts_anew_is_followed() -> None:
    arrivals = Arrivals()
    arrive(arrivals, {40_000: 1.0})
    told(arrivals)
    arrive(arrivals, {7: 1.1, 8: 1.2})
    assert list(told(arrivals)) == [7, 8]


def test_a_flood_of_all_numbers_is_bounded() -> None:
    arrivals = Arrivals()
    arrivals.times.update(dict.fromkeys(range(0, 0x10000, 3), 1.0))
    packets = arrivals.feedback(1, 2)
    assert len(packets) == MAX_MESSAGES
    assert all(len(packet) <= 1200 for packet in packets)
    assert not arrivals.times


@settings(deadline=None)
@given(
    st.integers(0, 0xFFFF),
    st.lists(st.lists(st.tuples(st.integers(0, 1500), st.floats(0, 0.2)), max_size=30), max_size=4),
)
def test_what_came_is_always_told(base: int, rounds: list[list[tuple[int, float]]]) -> None:
    arrivals = Arrivals()
    for number, packets in enumerate(rounds):
        times = {(base + offset) & 0xFFFF: 9.0 + number + late for offset, late in packets}
        arrivals.times.update(times)
        messages = arrivals.feedback(1, 2)
        if len(messages) < MAX_MESSAGES:
            came = {n: at for message in messages for n, at in decode(message)[1].items() if at}
            assert came == {n: pytest.approx(at, abs=0.00026) for n, at in times.items()}
