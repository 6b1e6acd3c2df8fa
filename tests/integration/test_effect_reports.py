"""What owners are told of their effects, what effects are told, and what they are given."""

import pytest

from server.workers.streams import Cost, Trouble, TroubleKind
from tests.support.effect_rehearsal import (
    FULL,
    Rehearsal,
    comes,
    is_made,
    newest,
)
from tests.support.effects import chain, effect, use
from tests.support.media_publication import LAYERS, Publication
from tests.support.media_received import assert_continues
from tests.support.media_streams import Flow
from tests.support.waiting import passed, until

EDGES, BLUR = effect(1, "edges"), effect(2, "background-blur")
ECHO = effect(3, "echo")


async def test_troubles_are_the_owners_and_the_third_takes_the_effect_off(
    rehearsal: Rehearsal, seen: Flow
) -> None:
    ana, bo = rehearsal.ana, rehearsal.bo
    rehearsal.engine.automatic = True
    await use(ana.signalling, EDGES, effect(4, "halftone.dots"))
    await comes(seen, made=True)
    stream = rehearsal.picture
    trouble = Trouble(
        "e4", "halftone.dots", "Dots", TroubleKind.ERROR, "no such dot", "halftone.py", 3
    )
    stream.listener.on_trouble(trouble)
    told = await ana.signalling.fact("effect-trouble")
    assert (told["id"], told["file"], told["line"], told["off"]) == ("e4", "halftone.py", 3, False)
    stream.listener.on_mended("e4")
    assert await ana.signalling.fact("effect-mended") == {"id": "e4"}
    off = Trouble("e4", "halftone.dots", "Dots", TroubleKind.CRASH, "it died", off=True)
    stream.listener.on_trouble(off)
    told = await ana.signalling.fact("effects-set")
    assert [one["id"] for one in told["effects"]["video"]] == ["e1"]
    await until(lambda: [one.id for one in stream.chain] == ["e1"])
    assert bo.signalling.named("effect-trouble") == []
    assert is_made(newest(seen))


async def test_costs_are_told_once_a_second_to_the_owner(rehearsal: Rehearsal, seen: Flow) -> None:
    rehearsal.engine.automatic = True
    await use(rehearsal.ana.signalling, EDGES)
    await comes(seen, made=True)
    cost = Cost(1.5, {"e1": 0.5}, 2, 6.0, 30.0, 640, 360)
    rehearsal.picture.listener.on_cost(cost)
    told = await rehearsal.ana.signalling.fact("effect-cost")
    assert told["audio"] is None
    assert (told["video"]["ms"], told["video"]["filters"]) == (1.5, {"e1": 0.5})
    assert rehearsal.bo.signalling.named("effect-cost") == []


async def test_what_filters_find_is_for_those_who_see_it(rehearsal: Rehearsal, seen: Flow) -> None:
    ana, bo = rehearsal.ana, rehearsal.bo
    rehearsal.engine.automatic = True
    await use(ana.signalling, EDGES, shown=False)
    stream = await rehearsal.opened()
    stream.listener.on_emitted("e1", "edges", "caption", {"text": "one"})
    expected = {"participant_id": ana.id, "filter": "edges", "kind": "caption"}
    assert await ana.signalling.fact("filter-emitted") == {**expected, "data": {"text": "one"}}
    await use(ana.signalling, EDGES)
    stream.listener.on_emitted("e1", "edges", "caption", {"text": "two"})
    assert await bo.signalling.fact("filter-emitted") == {**expected, "data": {"text": "two"}}


async def test_when_there_is_no_worker_to_be_had(rehearsal: Rehearsal, seen: Flow) -> None:
    ana, engine = rehearsal.ana, rehearsal.engine
    engine.full = True
    await use(ana.signalling, EDGES)
    told = await ana.signalling.fact("effect-trouble")
    assert (told["id"], told["kind"], told["off"]) == ("e1", "slow", False)
    assert not is_made(newest(seen))
    engine.automatic, engine.full = True, False
    await comes(seen, made=True)
    assert await ana.signalling.fact("effect-mended") == {"id": "e1"}


async def test_without_a_worker_nothing_is_shown_of_what_shall_be_hidden(
    rehearsal: Rehearsal, seen: Flow
) -> None:
    rehearsal.engine.full = True
    await use(rehearsal.ana.signalling, BLUR)
    await rehearsal.ana.signalling.fact("effect-trouble")
    await passed(rehearsal.bo.signalling.ended, 0.05)
    before = seen.packets
    await rehearsal.moment()
    assert seen.packets == before


async def test_filters_know_who_speaks_and_whose_hand_is_raised(
    rehearsal: Rehearsal, seen: Flow
) -> None:
    ana = rehearsal.ana
    rehearsal.engine.automatic = True
    await use(ana.signalling, EDGES)
    stream = await rehearsal.opened()
    await until(lambda: stream.facts == ("Ana", True, False))
    assert ana.publication is not None
    ana.publication.stream("audio").level = 127
    await ana.signalling.request("raise-hand", {"raised": True})
    await until(lambda: stream.facts == ("Ana", False, True))


async def test_an_effect_is_made_of_the_best_layer_whoever_watches(rehearsal: Rehearsal) -> None:
    ana, bo, engine = rehearsal.ana, rehearsal.bo, rehearsal.engine
    publication = await ana.publish(Publication(layers=tuple(LAYERS)))
    await bo.subscribe()
    flow = await bo.sees(ana)
    tile = {"participant_id": ana.id, "width": 160, "height": 90}
    await bo.signalling.request("set-view", {"tiles": [tile]})
    wanted = await ana.signalling.fact("layers-wanted", lambda data: data["rids"] == ["q"])
    for rid in ("h", "f"):
        publication.stream("video", rid).active = False
    engine.automatic = True
    await use(ana.signalling, EDGES)
    await comes(flow, made=True)
    wanted = await ana.signalling.fact("layers-wanted", lambda data: "f" in data["rids"])
    assert wanted["rids"] == ["q", "f"]
    top = publication.stream("video", "f")
    top.frame_bytes, top.active = 3100, True
    await until(lambda: len(engine.stream.sent[-1][0]) == 3100)
    top.active = False
    await until(lambda: len(engine.stream.sent[-1][0]) == 2000)
    assert_continues(flow, pause_s=3.0)  # a layer that has stopped is given up after a second
    assert len(engine.streams) == 1


async def test_a_narrow_line_narrows_the_encoder_but_not_below_what_others_need(
    rehearsal: Rehearsal, seen: Flow
) -> None:
    rehearsal.engine.automatic = True
    await use(rehearsal.ana.signalling, EDGES)
    await comes(seen, made=True)
    stream = rehearsal.picture
    stream.size = FULL
    stream.request_keyframe()
    await until(lambda: stream.bitrate_bps > 200_000)
    suits = stream.bitrate_bps
    assert rehearsal.bo.subscription is not None
    rehearsal.bo.subscription.loss = 0.9
    await until(lambda: stream.bitrate_bps < 0.35 * suits, 15.0)
    assert stream.bitrate_bps >= 0.3 * suits - 1


async def test_effects_of_a_publisher_whose_room_is_private_end(
    rehearsal: Rehearsal, seen: Flow
) -> None:
    ana, engine = rehearsal.ana, rehearsal.engine
    engine.automatic = True
    await use(ana.signalling, EDGES)
    await comes(seen, made=True)
    await ana.signalling.request("update-room", {"media": "private"})
    await until(lambda: engine.stream.closed)
    refused = chain(EDGES)
    with pytest.raises(Exception, match="private"):
        await ana.signalling.request("set-effects", refused)
