"""One end of the socket to another process: whatever comes, the server goes on."""

import asyncio
import socket
from collections.abc import Iterator

import pytest

from server.workers.channel import Channel, socket_pair
from server.workers.wire import Kind, Nonsense, read_note


@pytest.fixture
def theirs_and_ours() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket_pair()
    with theirs:
        yield theirs, ours


@pytest.mark.parametrize("error", [Nonsense, RecursionError, TypeError, ValueError])
async def test_who_sends_what_cannot_be_read_is_cut_off(
    theirs_and_ours: tuple[socket.socket, socket.socket], error: type[Exception]
) -> None:
    theirs, ours = theirs_and_ours
    gone = asyncio.Event()
    upset: list[dict[str, object]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: upset.append(context))
    heard = []

    def told(_: Kind, message: bytes) -> None:
        heard.append(message)
        raise error

    Channel(ours, told, gone.set)
    theirs.send(bytes([Kind.NOTE]) + b"one")
    theirs.send(bytes([Kind.NOTE]) + b"two")
    async with asyncio.timeout(2):
        await gone.wait()
    assert heard == [b"one"]
    assert upset == []
    with pytest.raises(ConnectionError):
        theirs.recv(10)


async def test_a_note_without_end_is_cut_off(
    theirs_and_ours: tuple[socket.socket, socket.socket],
) -> None:
    theirs, ours = theirs_and_ours
    gone, notes = asyncio.Event(), list[dict[str, object]]()
    Channel(ours, lambda _, message: notes.append(read_note(message)), gone.set)
    theirs.send(bytes([Kind.NOTE]) + b'{"a":' + b"[" * 50_000)
    async with asyncio.timeout(2):
        await gone.wait()
