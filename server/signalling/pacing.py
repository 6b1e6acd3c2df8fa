"""A token bucket: how long a client that sends too fast has to wait."""


class TokenBucket:
    """Lets `burst` messages through at once and `rate` a second on average."""

    __slots__ = ("_burst", "_rate", "_tokens", "_updated")

    def __init__(self, rate: float, burst: int, now: float) -> None:
        self._rate = rate
        self._burst = float(burst)
        self._tokens = float(burst)
        self._updated = now

    def reserve(self, now: float, tokens: int = 1) -> float:
        """Take tokens, on credit if need be; answers how many seconds to wait for them."""
        self._tokens = min(self._burst, self._tokens + (now - self._updated) * self._rate)
        self._updated = now
        self._tokens -= tokens
        return max(0.0, -self._tokens / self._rate)
