"""How often one client address may ask for something costly."""

import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

from rooms.errors import RateLimited

MAX_ADDRESSES = 10_000


class AddressLimiter:
    """A token bucket for each address: `per_minute` at once, refilled evenly over a minute.

    The table is bounded: the address that was quiet for longest is forgotten first.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._size = float(per_minute)
        self._per_s = per_minute / 60
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, address: str) -> None:
        """Count one request.

        Raises:
            RateLimited: the address has used up its share; says when to come again.
        """
        key = _owner(address)
        now = self._clock()
        left, at = self._buckets.pop(key, (self._size, now))
        left = min(self._size, left + (now - at) * self._per_s)
        allowed = left >= 1
        self._buckets[key] = (left - allowed, now)
        if len(self._buckets) > MAX_ADDRESSES:
            self._buckets.popitem(last=False)
        if not allowed:
            raise RateLimited(retry_after_s=(1 - left) / self._per_s)


def _owner(address: str) -> str:
    """One household has a whole IPv6 /64, so that is what counts."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is None:
        return ip.exploded[:19]
    return address
