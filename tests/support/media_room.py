"""People whose media goes through the server: they join, publish and subscribe as pages do."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Self

from tests.support.client import Gone, SignallingClient
from tests.support.media_publication import CAMERA, MICROPHONE, Publication
from tests.support.media_streams import Flow
from tests.support.media_subscription import Subscription
from tests.support.media_wire import end
from tests.support.room import NewRoom, make_room
from tests.support.waiting import passed, until

BOTH = (MICROPHONE, CAMERA)
MEDIA_WITHIN_S = 10.0
KEPT_SHARE = 0.9
"""Of the frames that were sent: what a call that is not disturbed receives."""
IN_FLIGHT_S = 0.3


class Attendee:
    """One participant: its signalling connection and, once asked for, its two media connections."""

    def __init__(self, signalling: SignallingClient) -> None:
        self.signalling = signalling
        self.publication: Publication | None = None
        self.subscription: Subscription | None = None
        self._answering: asyncio.Task[None] | None = None

    @classmethod
    async def enter(
        cls, url: str, room: str, name: str, *, sources: Sequence[str] = BOTH, **more: Any
    ) -> Self:
        """Join a room with these sources, not muted."""
        signalling = SignallingClient(url)
        await signalling.connect()
        tracks = [{"source": source, "muted": False} for source in sources]
        await signalling.join(room, name, tracks=tracks, **more)
        return cls(signalling)

    @property
    def id(self) -> str:
        return self.signalling.id

    async def publish(self, publication: Publication | None = None) -> Publication:
        """Make a publish connection, the default one if none is given, and send."""
        it = self.publication = publication or Publication()
        await it.accept(await self.offer(it))
        return it

    async def offer(self, publication: Publication) -> str:
        """Ask to publish, and leave it at that: the server's answer."""
        request = {
            "session": publication.session,
            "sdp": await publication.offer(),
            "tracks": publication.tracks,
        }
        answer = await self.signalling.request("publish", request)
        return str(answer["sdp"])

    async def subscribe(self, subscription: Subscription | None = None) -> Subscription:
        """Ask for what the others send; offers are answered as they come."""
        it = self.subscription = subscription or Subscription()
        request = {"session": it.session, "codecs": list(it.codecs)}
        await self.signalling.request("subscribe", request)
        self._answering = asyncio.create_task(self._answer(it))
        return it

    async def _answer(self, it: Subscription) -> None:
        number = -1
        while True:
            try:
                offer = await self._offer_after(it.session, number)
            except TimeoutError:  # nothing to offer yet
                continue
            except Gone:
                return
            number = offer["number"]
            answer = {"session": it.session, "number": number, "sdp": await it.answer(offer["sdp"])}
            await self.signalling.request("answer-subscription", answer)

    async def _offer_after(self, session: str, number: int) -> dict[str, Any]:
        return await self.signalling.fact(
            "subscription-offered",
            lambda data: data["session"] == session and data["number"] > number,
        )

    def flow(self, participant_id: str, source: str = CAMERA) -> Flow | None:
        """What has arrived of somebody, if the server says that an m-line carries it."""
        assert self.subscription is not None
        carried = [
            data["streams"]
            for name, data in self.signalling.facts
            if name in ("subscription-offered", "streams-changed")
            and data["session"] == self.subscription.session
        ]
        for stream in carried[-1] if carried else []:
            if (stream["participant_id"], stream["source"]) == (participant_id, source):
                return self.subscription.flow(stream["mid"])
        return None

    async def sees(self, other: "Attendee", *, within_s: float = MEDIA_WITHIN_S) -> Flow:
        """Wait until the other's camera can be shown, and its microphone heard if it has one."""
        await until(lambda: self._plays(other), within_s)
        flow = self.flow(other.id)
        assert flow is not None
        return flow

    def _plays(self, other: "Attendee") -> bool:
        camera = self.flow(other.id)
        return camera is not None and camera.keyframes > 0

    async def hears(self, other: "Attendee", *, within_s: float = MEDIA_WITHIN_S) -> Flow:
        """Wait until the other's microphone arrives."""
        await until(lambda: self.flow(other.id, MICROPHONE) is not None, within_s)
        flow = self.flow(other.id, MICROPHONE)
        assert flow is not None
        return flow

    async def close(self) -> None:
        await end(self._answering)
        if self.publication is not None:
            await self.publication.close()
        if self.subscription is not None:
            await self.subscription.close()
        await self.signalling.close()

    async def vanish(self) -> None:
        """Be gone as a killed page is: sockets are closed, and nothing is said."""
        await end(self._answering)
        if self.publication is not None:
            await self.publication.vanish()
        if self.subscription is not None:
            await self.subscription.vanish()
        await self.signalling.drop()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


async def forwarded_room(url: str, *, name: str = "Host", **more: Any) -> tuple[NewRoom, Attendee]:
    """A room whose host wants everything through the server, and that host."""
    room = await make_room(url)
    host = await Attendee.enter(url, room.id, name, host_key=room.host_key, **more)
    await host.signalling.request("update-room", {"media": "forwarded"})
    return room, host


@dataclass(frozen=True, slots=True)
class Call:
    """Two people who see and hear each other through the server."""

    room: NewRoom
    ana: Attendee
    bo: Attendee

    def _counts(self) -> list[tuple[int, int]]:
        counts = []
        for sender, receiver in ((self.ana, self.bo), (self.bo, self.ana)):
            flow = receiver.flow(sender.id)
            assert sender.publication is not None
            assert flow is not None
            counts.append((sender.publication.camera.frames, flow.frames))
        return counts

    @asynccontextmanager
    async def undisturbed(self, *, for_s: float = 1.0) -> AsyncIterator[None]:
        """What happens inside must not cost the call its frames.

        Args:
            for_s: how long to watch at least.
        """
        until_at = time.monotonic() + for_s
        before = self._counts()
        yield
        await passed(self.bo.signalling.ended, until_at - time.monotonic())
        sent = [now - then for (now, _), (then, _) in zip(self._counts(), before, strict=True)]

        def received() -> list[int]:
            return [now - then for (_, now), (_, then) in zip(self._counts(), before, strict=True)]

        def kept() -> bool:
            return all(r >= KEPT_SHARE * s > 0 for r, s in zip(received(), sent, strict=True))

        with suppress(TimeoutError):
            await until(kept, IN_FLIGHT_S)
        assert kept(), f"of {sent} frames, {received()} arrived"


@asynccontextmanager
async def calling(url: str) -> AsyncIterator[Call]:
    """Ana, who is the host, and Bo, both sending and seeing each other."""
    async with AsyncExitStack() as stack:
        room, ana = await forwarded_room(url, name="Ana")
        await stack.enter_async_context(ana)
        bo = await stack.enter_async_context(await Attendee.enter(url, room.id, "Bo"))
        for one in (ana, bo):
            await one.publish()
            await one.subscribe()
        await ana.sees(bo)
        await bo.sees(ana)
        yield Call(room, ana, bo)
