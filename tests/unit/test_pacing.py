"""The token bucket, on a clock of numbers."""

from server.signalling.pacing import TokenBucket


def test_a_burst_passes_at_once_and_then_the_rate_holds() -> None:
    bucket = TokenBucket(rate=10, burst=3, now=0.0)
    assert [bucket.reserve(0.0) for _ in range(3)] == [0, 0, 0]
    assert bucket.reserve(0.0) == 0.1
    assert bucket.reserve(0.0) == 0.2


def test_time_refills_up_to_the_burst() -> None:
    bucket = TokenBucket(rate=10, burst=3, now=0.0)
    for _ in range(3):
        bucket.reserve(0.0)
    assert bucket.reserve(0.1) == 0
    assert [bucket.reserve(100.0) for _ in range(3)] == [0, 0, 0]
    assert bucket.reserve(100.0) > 0
