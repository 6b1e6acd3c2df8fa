"""An event loop that serves the media sockets where it waits, not a turn later.

asyncio asks its selector what is ready and then runs callbacks. Here the selector itself drains the
media sockets and goes on waiting; it returns to asyncio only for other descriptors, for timers that
are due, and when something was scheduled meanwhile. All of it is public API.
"""

import asyncio
import contextlib
import select
import selectors
import time
from collections.abc import Callable, Iterator, Mapping
from contextvars import Context
from typing import Any, TypeVarTuple

_Ts = TypeVarTuple("_Ts")
Drain = Callable[[], None]
_MAX_EVENTS = 64
_MASKS = ((selectors.EVENT_READ, select.EPOLLIN), (selectors.EVENT_WRITE, select.EPOLLOUT))


class MediaSelector(selectors.BaseSelector):
    """A selector on epoll that serves some descriptors by itself.

    Attributes:
        poked: something was scheduled on the loop since it began to wait.
    """

    def __init__(self) -> None:
        self.poked = False
        self._epoll = select.epoll()
        self._keys: dict[int, selectors.SelectorKey] = {}
        self._map = _Registered(self._keys)
        self._drains: dict[int, Drain] = {}

    def serve(self, descriptor: int, drain: Drain) -> None:
        """Call `drain` whenever there is something to read; it must not block and not raise."""
        self._epoll.register(descriptor, select.EPOLLIN)
        self._drains[descriptor] = drain

    def unserve(self, descriptor: int) -> None:
        if self._drains.pop(descriptor, None) is not None:
            self._epoll.unregister(descriptor)

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        descriptor = _descriptor(fileobj)
        if descriptor < 0:
            raise ValueError(f"{fileobj!r} is closed")
        if descriptor in self._keys:
            raise KeyError(f"{fileobj!r} is registered already")
        self._epoll.register(descriptor, _mask(events))
        key = self._keys[descriptor] = selectors.SelectorKey(fileobj, descriptor, events, data)
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        key = self._keys.pop(self._map[fileobj].fd)
        with contextlib.suppress(OSError):  # closed before: epoll has forgotten it by itself
            self._epoll.unregister(key.fd)
        return key

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        descriptor = self._map[fileobj].fd
        if self._keys[descriptor].events != events:
            self._epoll.modify(descriptor, _mask(events))
        key = self._keys[descriptor] = selectors.SelectorKey(fileobj, descriptor, events, data)
        return key

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._map

    def close(self) -> None:
        self._epoll.close()
        self._keys.clear()
        self._drains.clear()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready of what asyncio registered; media is served before, meanwhile and after."""
        self.poked = False
        poll, drains, keys = self._epoll.poll, self._drains, self._keys
        ends = None if timeout is None else time.monotonic() + timeout
        wait = -1.0 if timeout is None else max(timeout, 0.0)
        while True:
            ready = []
            try:
                events = poll(wait, _MAX_EVENTS)
            except InterruptedError:
                return []
            for descriptor, mask in events:
                drain = drains.get(descriptor)
                if drain is not None:
                    drain()
                elif (key := keys.get(descriptor)) is not None:
                    ready.append((key, _events(mask) & key.events))
            if ready or self.poked or not events:
                return ready
            if ends is not None:
                wait = ends - time.monotonic()
                if wait <= 0:
                    return ready


class _Registered(Mapping[Any, selectors.SelectorKey]):
    """What is registered, found by descriptor or by whatever was registered."""

    def __init__(self, keys: dict[int, selectors.SelectorKey]) -> None:
        self._keys = keys

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[int]:
        return iter(self._keys)

    def __getitem__(self, fileobj: Any) -> selectors.SelectorKey:
        descriptor = _descriptor(fileobj)
        if descriptor >= 0:
            return self._keys[descriptor]
        for key in self._keys.values():  # it has been closed, and knows its number no more
            if key.fileobj is fileobj:
                return key
        raise KeyError(f"{fileobj!r} is not registered")


def _descriptor(fileobj: Any) -> int:
    """Its number; -1 when it has been closed."""
    return fileobj if isinstance(fileobj, int) else int(fileobj.fileno())


def _mask(events: int) -> int:
    return sum(mask for event, mask in _MASKS if events & event)


def _events(mask: int) -> int:
    """An error or a hang-up is told to whoever reads or writes, as `EpollSelector` does."""
    events = 0
    if mask & ~select.EPOLLIN:
        events |= selectors.EVENT_WRITE
    if mask & ~select.EPOLLOUT:
        events |= selectors.EVENT_READ
    return events


class MediaEventLoop(asyncio.SelectorEventLoop):
    """asyncio's own loop on a `MediaSelector`."""

    def __init__(self) -> None:
        self.media = MediaSelector()
        super().__init__(self.media)

    def call_soon(
        self, callback: Callable[[*_Ts], object], *args: *_Ts, context: Context | None = None
    ) -> asyncio.Handle:
        self.media.poked = True
        return super().call_soon(callback, *args, context=context)

    def call_at(
        self,
        when: float,
        callback: Callable[[*_Ts], object],
        *args: *_Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        self.media.poked = True
        return super().call_at(when, callback, *args, context=context)


def new_event_loop() -> asyncio.AbstractEventLoop:
    """The loop that a server runs on: with epoll our own, elsewhere the system's usual one."""
    return MediaEventLoop() if hasattr(select, "epoll") else asyncio.new_event_loop()


def serve(loop: asyncio.AbstractEventLoop, descriptor: int, drain: Drain) -> None:
    """Drain a socket whenever something is in it, on whatever loop this is."""
    if isinstance(loop, MediaEventLoop):
        loop.media.serve(descriptor, drain)
    else:
        loop.add_reader(descriptor, drain)


def unserve(loop: asyncio.AbstractEventLoop, descriptor: int) -> None:
    if isinstance(loop, MediaEventLoop):
        loop.media.unserve(descriptor)
    else:
        loop.remove_reader(descriptor)
