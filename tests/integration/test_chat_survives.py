"""Ten thousand chat messages across lost connections and a killed server."""

import asyncio
import random
from pathlib import Path
from typing import Any

import aiohttp

from tests.support.client import Gone, SignallingClient
from tests.support.room import make_room
from tests.support.server import ServerProcess

SENDERS = 10
EACH = 1000
DROP_EVERY = 100
KILL_AFTER = 4000
"""How many messages are acknowledged when the server is killed."""


class Talker:
    """Sends numbered messages one after the other, and keeps every message it is told of."""

    def __init__(self, url: str, room: str, name: str, tally: "Tally") -> None:
        self._url = url
        self._room = room
        self._name = name
        self._tally = tally
        self._client = SignallingClient(url)
        self._token = ""
        self._seq = 0
        self.id = ""
        self.heard: dict[int, dict[str, Any]] = {}
        self.doubled = 0

    async def join(self) -> None:
        await self._client.connect()
        snapshot = await self._client.join(self._room, self._name)
        self.id = snapshot["self"]
        self._seq = snapshot["seq"]

    async def talk(self, random_: random.Random) -> None:
        for n in range(EACH):
            while not await self._sent(f"{self._name}-{n}", str(n)):
                await self._come_back()
            self._tally.acknowledged += 1
            if self._tally.acknowledged >= KILL_AFTER:
                self._tally.enough.set()
            if random_.randrange(DROP_EVERY) == 0:
                await self._client.drop()

    async def _sent(self, client_id: str, text: str) -> bool:
        try:
            await self._client.request("send-chat", {"client_id": client_id, "text": text})
        except (Gone, TimeoutError):
            return False
        return True

    async def _come_back(self) -> None:
        self._collect()
        await self._client.close()
        async with asyncio.timeout(30):
            while True:
                client = SignallingClient(self._url)
                try:
                    await client.connect()
                    answer = await client.resume(self._token, self._seq)
                except (Gone, OSError, aiohttp.ClientError):
                    await client.close()
                    continue
                break
        self._client = client
        self._token = client.token
        if answer["kind"] == "missed":
            for fact in answer["facts"]:
                self._hear(fact["name"], fact["data"])
        else:
            await self._fill(client, answer["seq"])
        self._seq = max(self._seq, answer["seq"])

    async def _fill(self, client: SignallingClient, until: int) -> None:
        after = self._seq
        while after < until:
            page = await client.request("fetch-chat", {"after": after, "limit": 200})
            for message in page["messages"]:
                if message["seq"] <= until:
                    self._hear("chat-sent", {"seq": message["seq"], "message": message})
            if not page["more"]:
                return
            after = page["messages"][-1]["seq"]

    def _collect(self) -> None:
        self._token = self._client.token
        for name, data in self._client.facts:
            self._hear(name, data)
        self._client.facts.clear()

    def _hear(self, name: str, data: dict[str, Any]) -> None:
        self._seq = max(self._seq, data.get("seq", 0))
        if name == "chat-sent":
            self.doubled += data["seq"] in self.heard
            self.heard[data["seq"]] = data["message"]

    async def finish(self, last_seq: int) -> None:
        while last_seq not in self.heard:
            if self._client.ended.is_set():
                await self._come_back()
            await asyncio.sleep(0)
            self._collect()
        await self._client.close()


class Tally:
    def __init__(self) -> None:
        self.acknowledged = 0
        self.enough = asyncio.Event()


async def test_ten_thousand_messages_none_lost_none_doubled_in_order(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path, messages_per_s=10_000, message_burst=1000)
    await server.start()
    try:
        room = await make_room(server.url)
        tally = Tally()
        talkers = [Talker(server.url, room.id, f"t{n}", tally) for n in range(SENDERS)]
        for talker in talkers:
            await talker.join()
        random_ = random.Random(7)
        talking = asyncio.gather(*(talker.talk(random_) for talker in talkers))
        await tally.enough.wait()
        await server.kill()
        await server.start()
        await talking
        async with SignallingClient(server.url) as reader:
            last = await reader.join(room.id, "Reader")
            stored = await _all_messages(reader)
        for talker in talkers:
            await asyncio.wait_for(talker.finish(last["chat"][-1]["seq"]), 30)
    finally:
        await server.stop()
    assert len(stored) == SENDERS * EACH
    for talker in talkers:
        own = [message for message in stored if message["from"] == talker.id]
        assert [message["text"] for message in own] == [str(n) for n in range(EACH)]
        assert talker.doubled == 0
        assert [talker.heard[seq] for seq in sorted(talker.heard)] == stored


async def _all_messages(reader: SignallingClient) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    more = True
    while more:
        after = messages[-1]["seq"] if messages else 0
        page = await reader.request("fetch-chat", {"after": after, "limit": 200})
        messages += page["messages"]
        more = page["more"]
    return messages
