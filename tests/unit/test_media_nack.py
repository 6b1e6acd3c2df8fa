"""When lost packets are asked for, and how much is sent again."""

import pytest

from server.media.nack import (
    FLOOR_BYTES_PER_S,
    GIVE_UP_S,
    MAX_MISSING,
    MAX_TRIES,
    Allowance,
    Missing,
)


def test_a_gap_is_asked_for_at_once_and_then_not_every_moment() -> None:
    missing = Missing()
    assert missing.add(5, 8, now=1.0)
    assert missing.due(1.0) == [5, 6, 7]
    assert missing.due(1.01) == []
    assert missing.due(1.05) == [5, 6, 7]


def test_what_came_is_not_asked_for_again() -> None:
    missing = Missing()
    missing.add(5, 8, now=1.0)
    missing.due(1.0)
    assert missing.came(6, 1.02)
    assert not missing.came(6, 1.02)
    assert not missing.came(4, 1.02)
    assert missing.due(1.05) == [5, 7]


def test_requests_wait_for_the_round_trip() -> None:
    missing = Missing()
    missing.add(1, 2, now=0.0)
    missing.due(0.0)
    missing.came(1, 0.2)
    assert missing.round_trip_s == pytest.approx(0.2)
    missing.add(3, 4, now=1.0)
    assert missing.due(1.0) == [3]
    assert missing.due(1.15) == []
    assert missing.due(1.21) == [3]


def test_an_answer_to_one_of_several_requests_tells_no_round_trip() -> None:
    missing = Missing()
    missing.add(1, 2, now=0.0)
    missing.due(0.0)
    missing.due(0.1)
    missing.came(1, 0.11)
    assert missing.round_trip_s == 0.0


def test_a_packet_is_asked_for_eight_times_at_most_and_then_given_up() -> None:
    missing = Missing()
    missing.add(1, 2, now=0.0)
    asked = sum(bool(missing.due(0.05 * tick)) for tick in range(12))
    assert asked == MAX_TRIES
    assert len(missing) == 1
    missing.due(GIVE_UP_S + 0.01)
    assert (len(missing), missing.lost) == (0, 1)


def test_too_many_missing_packets_are_given_up_together() -> None:
    missing = Missing()
    assert missing.add(0, MAX_MISSING, now=0.0)
    assert not missing.add(500, 510, now=0.0)
    assert (len(missing), missing.lost) == (0, MAX_MISSING + 10)


def test_no_more_is_sent_again_than_a_share() -> None:
    allowance = Allowance()
    while allowance.take(1000, now=0.0):
        pass
    sent = 0
    allowance.sent_bps = 8_000_000
    for tick in range(1, 21):
        while allowance.take(1000, now=0.05 * tick):
            sent += 1000
    assert sent == pytest.approx(FLOOR_BYTES_PER_S + 250_000, rel=0.05)


def test_what_was_not_used_does_not_pile_up() -> None:
    allowance = Allowance()
    assert allowance.take(1000, now=0.0)
    assert allowance.take(0, now=1000.0)
    assert allowance.left == FLOOR_BYTES_PER_S
