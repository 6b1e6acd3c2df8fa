"""The frames of a stream that are with its worker; they come back in the order they went."""

from collections import deque

from server.workers.wire import Nonsense


class Flight:
    """What comes back must be what went: its time decides where it stands in the room's stream."""

    def __init__(self) -> None:
        self._frames: deque[tuple[int, float]] = deque()

    def __len__(self) -> int:
        return len(self._frames)

    def went(self, timestamp: int, at: float) -> None:
        """A frame was sent; see `EffectStream.send`."""
        self._frames.append((timestamp, at))

    def came_back(self, timestamp: int, at: float) -> None:
        """The first one is there again. Raises Nonsense: it is another, or none was sent."""
        if not self._frames or self._frames.popleft() != (timestamp, at):
            raise Nonsense

    def came_to_nothing(self) -> None:
        """The first one does not come back. Raises Nonsense: none was sent."""
        if not self._frames:
            raise Nonsense
        self._frames.popleft()

    def clear(self) -> None:
        """None of them comes back."""
        self._frames.clear()
