"""What socket.py uses of python-socketio and python-engineio beyond their manuals.

When an upgrade breaks one of these, read the seam again before the new version is allowed.
"""

import inspect
from importlib.metadata import version

import engineio
import engineio.async_socket
import pytest
import socketio
import socketio.packet


def parameters(function: object) -> list[str]:
    return list(inspect.signature(function).parameters)  # type: ignore[arg-type]


def test_the_versions_are_those_that_were_read() -> None:
    assert version("python-socketio").startswith("5.18.")
    assert version("python-engineio").startswith("4.")


@pytest.mark.parametrize(
    ("function", "names"),
    [
        (socketio.AsyncServer._handle_eio_connect, ["self", "eio_sid", "environ"]),
        (socketio.AsyncServer._handle_eio_message, ["self", "eio_sid", "data"]),
        (socketio.AsyncServer._handle_eio_disconnect, ["self", "eio_sid", "reason"]),
        (socketio.AsyncServer._handle_connect, ["self", "eio_sid", "namespace", "data"]),
        (socketio.AsyncServer._engineio_server_class, ["self"]),
        (engineio.AsyncServer.create_queue, ["self", "args", "kwargs"]),
        (engineio.AsyncServer.start_background_task, ["self", "target", "args", "kwargs"]),
        (engineio.async_socket.AsyncSocket.close, ["self", "wait", "abort", "reason"]),
        (engineio.async_socket.AsyncSocket._websocket_handler, ["self", "ws"]),
    ],
)
def test_the_functions_that_are_overridden_or_called_are_there(
    function: object, names: list[str]
) -> None:
    assert parameters(function) == names


def test_the_transport_is_looked_up_where_it_is_replaced() -> None:
    assert "websocket" in engineio.AsyncServer(async_mode="aiohttp")._async
    source = inspect.getsource(engineio.async_socket.AsyncSocket._upgrade_websocket)
    assert "self.server._async['websocket'](" in source


def test_the_queue_of_a_socket_comes_from_the_server() -> None:
    assert "self.queue = self.server.create_queue()" in inspect.getsource(
        engineio.async_socket.base_socket.BaseSocket
    )


def test_only_the_ping_is_started_in_the_background() -> None:
    source = inspect.getsource(engineio.async_socket.AsyncSocket)
    assert source.count("start_background_task(") == 1
    assert "start_background_task(self._send_ping)" in source
