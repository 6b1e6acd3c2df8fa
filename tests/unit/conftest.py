"""What tests of the packet code begin with: a socket of the server, and who is connected to it."""

from collections.abc import Iterator

import pytest

from tests.support.media_links import Wire, wire
from tests.support.media_scenes import Call, Show


@pytest.fixture
def net() -> Iterator[Wire]:
    with wire() as made:
        yield made


@pytest.fixture
def call(net: Wire) -> Call:
    return Call(net)


@pytest.fixture
def two(net: Wire) -> Call:
    """A call in which the publisher has two streams."""
    return Call(net, streams=2)


@pytest.fixture
def show(net: Wire) -> Show:
    return Show(net)
