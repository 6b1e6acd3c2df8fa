"""The code that a refused request is answered with."""

import pytest

from tests.support.client import Refused, SignallingClient


async def refusal(client: SignallingClient, name: str, data: object = None) -> str:
    with pytest.raises(Refused) as refused:
        await client.request(name, data)
    return refused.value.code
