import pytest

from rooms.errors import RateLimited
from server.http.limits import MAX_ADDRESSES, AddressLimiter


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_an_address_gets_its_share_at_once_and_then_evenly() -> None:
    clock = Clock()
    limiter = AddressLimiter(30, clock)
    for _ in range(30):
        limiter.take("10.0.0.1")
    with pytest.raises(RateLimited) as refused:
        limiter.take("10.0.0.1")
    assert refused.value.retry_after_s == pytest.approx(2.0)
    limiter.take("10.0.0.2")
    clock.now += 2.0
    limiter.take("10.0.0.1")
    with pytest.raises(RateLimited):
        limiter.take("10.0.0.1")


def test_addresses_of_one_ipv6_network_share() -> None:
    limiter = AddressLimiter(1, Clock())
    limiter.take("2001:db8:1:2::1")
    limiter.take("2001:db8:1:3::1")
    with pytest.raises(RateLimited):
        limiter.take("2001:db8:1:2:ffff::9")


def test_ipv4_addresses_seen_over_ipv6_do_not_share() -> None:
    limiter = AddressLimiter(1, Clock())
    limiter.take("::ffff:10.0.0.1")
    limiter.take("::ffff:10.0.0.2")


def test_the_table_does_not_grow_without_end() -> None:
    limiter = AddressLimiter(1, Clock())
    for number in range(MAX_ADDRESSES + 500):
        limiter.take(f"host-{number}")
    assert len(limiter._buckets) == MAX_ADDRESSES
