"""Requests about effects, as pages make them."""

from collections.abc import Sequence
from typing import Any

from tests.support.client import SignallingClient

OFF: dict[str, Any] = {"video": [], "audio": [], "shown": False}


def effect(number: int = 1, name: str = "edges", **params: Any) -> dict[str, Any]:
    return {"id": f"e{number}", "filter": name, "params": params}


def chain(*video: object, audio: Sequence[object] = (), shown: bool = True) -> dict[str, Any]:
    """A `set-effects` request."""
    return {"video": list(video), "audio": list(audio), "shown": shown}


async def use(
    client: SignallingClient, *video: object, audio: Sequence[object] = (), shown: bool = True
) -> dict[str, Any]:
    """Use effects; answers with what the client has then."""
    answer = await client.request("set-effects", chain(*video, audio=audio, shown=shown))
    effects: dict[str, Any] = answer["effects"]
    return effects
