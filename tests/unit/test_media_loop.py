"""The event loop that serves media sockets while it waits is an asyncio loop in all other ways."""

import asyncio
import contextlib
import os
import selectors
import signal
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator

import pytest

from server.media.loop import MediaEventLoop, MediaSelector, new_event_loop, serve, unserve

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
FLOOD = 2000


@pytest.fixture
def selector() -> Iterator[MediaSelector]:
    with contextlib.closing(MediaSelector()) as it:
        yield it


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with ours, theirs:
        for each in (ours, theirs):
            each.setblocking(False)
        yield ours, theirs


def run(main: Callable[[], Coroutine[object, object, None]]) -> None:
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        assert isinstance(runner.get_loop(), MediaEventLoop)
        runner.run(main())


Pair = tuple[socket.socket, socket.socket]


def test_what_is_registered_is_found_by_object_and_by_number(
    selector: MediaSelector, pair: Pair
) -> None:
    key = selector.register(pair[0], READ, "data")
    assert selector.get_key(pair[0]) == selector.get_key(pair[0].fileno()) == key
    assert selector.get_map()[pair[0]] == key
    assert list(selector.get_map()) == [pair[0].fileno()]
    assert len(selector.get_map()) == 1
    with pytest.raises(KeyError):
        selector.register(pair[0], READ)
    with pytest.raises(KeyError):
        selector.get_key(pair[1])
    assert selector.unregister(pair[0]) == key
    assert not selector.get_map()


def test_only_what_was_asked_for_is_told(selector: MediaSelector, pair: Pair) -> None:
    selector.register(pair[0], READ)
    assert selector.select(0) == []
    selector.modify(pair[0], READ | WRITE, "both")
    assert [(key.data, events) for key, events in selector.select(0)] == [("both", WRITE)]
    pair[1].send(b"x")
    assert [events for _, events in selector.select(0)] == [READ | WRITE]


def test_a_connection_that_was_reset_is_told_to_readers_and_writers(
    selector: MediaSelector,
) -> None:
    ours, theirs = socket.socketpair()
    with ours:
        selector.register(ours, READ)
        theirs.close()
        assert [events for _, events in selector.select(0)] == [READ]


def test_a_closed_socket_can_be_unregistered(selector: MediaSelector, pair: Pair) -> None:
    selector.register(pair[0], READ)
    pair[0].close()
    selector.unregister(pair[0])
    assert not selector.get_map()
    with pytest.raises(ValueError, match="closed"):
        selector.register(pair[0], READ)


def test_a_served_socket_is_drained_without_returning(selector: MediaSelector, pair: Pair) -> None:
    taken = []

    def drain() -> None:
        taken.append(pair[0].recv(100))
        if len(taken) < 5:
            pair[1].send(b"more")

    selector.serve(pair[0].fileno(), drain)
    pair[1].send(b"first")
    assert selector.select(0.05) == []
    assert taken == [b"first", *[b"more"] * 4]


def test_selecting_ends_when_it_should_though_media_never_ends(
    selector: MediaSelector, pair: Pair
) -> None:
    selector.serve(pair[0].fileno(), lambda: None)
    pair[1].send(b"never read")
    began = time.monotonic()
    assert selector.select(0.05) == []
    assert 0.05 <= time.monotonic() - began < 1.0
    assert selector.select(0) == []
    assert selector.select(-1) == []


def test_what_is_ready_beside_media_is_told_at_once(selector: MediaSelector, pair: Pair) -> None:
    other, far = socket.socketpair()
    with other, far:
        selector.serve(pair[0].fileno(), lambda: None)
        selector.register(other, READ)
        pair[1].send(b"never read")
        far.send(b"x")
        assert [key.fileobj for key, _ in selector.select(None)] == [other]


def test_a_socket_that_is_not_served_any_more_is_left_alone(
    selector: MediaSelector, pair: Pair
) -> None:
    selector.serve(pair[0].fileno(), lambda: pytest.fail("it was drained"))
    selector.unserve(pair[0].fileno())
    selector.unserve(pair[0].fileno())
    pair[1].send(b"x")
    assert selector.select(0) == []


def test_a_task_that_a_datagram_wakes_runs_at_once() -> None:
    """The loop waits for nothing else then, and must not go on waiting."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        with ours, theirs:
            came: asyncio.Queue[bytes] = asyncio.Queue()
            serve(loop, ours.fileno(), lambda: came.put_nowait(ours.recv(100)))
            began = time.monotonic()
            for n in range(3):
                # From another thread, so that the loop waits already when it comes.
                threading.Timer(0.02, theirs.send, [b"%d" % n]).start()
                assert await asyncio.wait_for(came.get(), 5) == b"%d" % n
            assert time.monotonic() - began < 3.0
            unserve(loop, ours.fileno())

    run(main)


def test_a_timer_that_a_datagram_sets_is_kept() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        with ours, theirs:
            rung = asyncio.Event()

            def drain() -> None:
                ours.recv(100)
                loop.call_later(0.01, rung.set)

            serve(loop, ours.fileno(), drain)
            threading.Timer(0.02, theirs.send, [b"x"]).start()
            began = time.monotonic()
            await asyncio.wait_for(rung.wait(), 5)
            assert time.monotonic() - began < 3.0
            unserve(loop, ours.fileno())

    run(main)


def test_callbacks_and_timers_run_in_a_flood() -> None:
    """A peer that never stops must not hold up the others' timers, sockets and tasks."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        drained = 0

        def drain() -> None:
            nonlocal drained
            drained += 1
            ours.recv(100)
            theirs.send(b"again")

        with ours, theirs:
            serve(loop, ours.fileno(), drain)
            theirs.send(b"first")
            async with echo() as (reader, writer):
                began = time.monotonic()
                for n in range(20):
                    rung = asyncio.Event()
                    loop.call_later(0.005, rung.set)
                    await asyncio.wait_for(rung.wait(), 1)
                    writer.write(b"%d\n" % n)
                    assert await asyncio.wait_for(reader.readline(), 1) == b"%d\n" % n
                assert time.monotonic() - began < 1.0
                assert drained > FLOOD
            unserve(loop, ours.fileno())

    run(main)


@contextlib.asynccontextmanager
async def echo() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to somebody who sends back each line."""
    ended = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line)
        writer.close()
        await writer.wait_closed()
        ended.set()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        yield reader, writer
        writer.close()
        await writer.wait_closed()
        await asyncio.wait_for(ended.wait(), 5)


def test_threads_subprocesses_and_signals_work() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        assert await asyncio.to_thread(lambda: 7) == 7
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", "print(input())", stdin=-1, stdout=-1
        )
        out, _ = await asyncio.wait_for(process.communicate(b"hello\n"), 20)
        assert out == b"hello\n"
        told = asyncio.Event()
        loop.add_signal_handler(signal.SIGUSR1, told.set)
        os.kill(os.getpid(), signal.SIGUSR1)
        await asyncio.wait_for(told.wait(), 5)

    run(main)


def test_readers_may_be_added_by_object_and_twice() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair()
        with ours, theirs:
            told: asyncio.Queue[str] = asyncio.Queue()
            loop.add_reader(ours, told.put_nowait, "old")
            loop.add_reader(ours, lambda: told.put_nowait(ours.recv(10).decode()))
            loop.add_writer(ours, told.put_nowait, "writable")
            assert await asyncio.wait_for(told.get(), 5) == "writable"
            loop.remove_writer(ours)
            while not told.empty():
                told.get_nowait()
            theirs.send(b"new")
            assert await asyncio.wait_for(told.get(), 5) == "new"
            assert loop.remove_reader(ours)
            assert not loop.remove_reader(ours)

    run(main)


async def test_on_another_loop_the_socket_is_read_when_asyncio_says_so() -> None:
    loop = asyncio.get_running_loop()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with ours, theirs:
        came: asyncio.Queue[bytes] = asyncio.Queue()
        serve(loop, ours.fileno(), lambda: came.put_nowait(ours.recv(100)))
        theirs.send(b"x")
        assert await asyncio.wait_for(came.get(), 5) == b"x"
        unserve(loop, ours.fileno())
        assert not loop.remove_reader(ours.fileno())
