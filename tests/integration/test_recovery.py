"""What a server that failed or died finds again."""

import asyncio
import time
from pathlib import Path

import aiohttp
import aiosqlite
import pytest

from rooms.ids import RoomId
from server.store.records import load_room
from tests.support.client import Refused, SignallingClient
from tests.support.room import make_room
from tests.support.server import ServerProcess, running_server
from tests.support.waiting import passed, until

GRACE_S = 30.0


async def test_people_lost_while_nothing_could_be_stored_leave_later(tmp_path: Path) -> None:
    async with running_server(store="sqlite", data_dir=tmp_path, resume_grace_s=1.0) as server:
        room = await make_room(server.url)
        async with SignallingClient(server.url) as ana:
            await ana.join(room.id, "Ana")
            people = [SignallingClient(server.url) for _ in range(3)]
            for n, one in enumerate(people):
                await one.connect()
                await one.join(room.id, f"p{n}")
            async with aiosqlite.connect(tmp_path / "greenroom.sqlite3") as other:
                await other.execute(
                    "CREATE TRIGGER no BEFORE INSERT ON rooms BEGIN SELECT RAISE(ABORT, 'no'); END"
                )
                await other.commit()
                with pytest.raises(Refused) as refused:
                    await people[0].request("leave")
                assert refused.value.code == "internal"
                await people[0].close()
                await people[1].drop()
                await people[2].close()
                await until(lambda: "connections 1.0" in server.metrics.render().decode())
                async with aiohttp.ClientSession() as session:
                    async with session.get(f"{server.url}/readyz") as response:
                        assert response.status == 503
                    await other.execute("DROP TRIGGER no")
                    await other.commit()
                    await until(lambda: len(ana.named("participant-left")) == 3)
                    async with session.get(f"{server.url}/readyz") as response:
                        assert response.status == 200


async def test_two_crashes_in_a_row_give_everybody_the_whole_grace(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path, resume_grace_s=GRACE_S)
    await server.start()
    room = await make_room(server.url)
    ana = SignallingClient(server.url)
    await ana.connect()
    await ana.join(room.id, "Ana", host_key=room.host_key)
    await server.kill()
    await ana.close()
    await server.start()
    await server.kill()
    await passed(asyncio.Event(), 2.0)
    restarted_at = time.time()
    await server.start()
    async with (
        aiosqlite.connect(tmp_path / "data" / "greenroom.sqlite3") as db,
        db.execute("SELECT record FROM rooms") as cursor,
    ):
        ((record,),) = await cursor.fetchall()
    (person,) = load_room(RoomId(room.id), record).participants.values()
    assert person.away_until is not None
    assert person.away_until >= restarted_at + GRACE_S
    async with SignallingClient(server.url) as back, SignallingClient(server.url) as guest:
        answer = await back.resume(ana.token, 0)
        assert answer["self"] == ana.id
        assert "manage-room" in answer["permissions"]
        await guest.join(room.id, "Guest")
        assert "manage-room" not in guest.snapshot["permissions"]
    await server.stop()
