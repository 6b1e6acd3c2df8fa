"""Who gets what of somebody with effects: real connections, and workers of the test's own."""

from functools import partial

from rooms.participant import Kind
from server.workers.streams import StreamState
from tests.support.effect_rehearsal import (
    Rehearsal,
    comes,
    is_made,
    newest,
    streams_of,
)
from tests.support.effect_streams import SIZE
from tests.support.effects import effect, use
from tests.support.media_publication import CAMERA, MICROPHONE, Publication
from tests.support.media_received import assert_continues
from tests.support.media_streams import Flow
from tests.support.waiting import passed, until

EDGES, BLUR = effect(1, "edges"), effect(2, "background-blur")
ECHO = effect(3, "echo")


async def _media(rehearsal: Rehearsal, media: str) -> None:
    """Let the host have media so, and what the server had sent before arrive."""
    await rehearsal.ana.signalling.request("update-room", {"media": media})
    await passed(rehearsal.bo.signalling.ended, 0.05)


async def test_what_is_shown_replaces_the_camera_for_all_and_off_restores_it(
    rehearsal: Rehearsal, seen: Flow
) -> None:
    engine, ana = rehearsal.engine, rehearsal.ana
    cy = await rehearsal.newcomer()
    other = await cy.sees(ana)
    engine.automatic = True
    await use(ana.signalling, EDGES)
    for flow in (seen, other):
        await comes(flow, made=True)
        await until(partial(lambda of: of.size == SIZE, flow))
    assert len(engine.streams) == 1
    frames = seen.frames
    await rehearsal.moment()
    assert seen.frames > frames
    await use(ana.signalling)
    for flow in (seen, other):
        await comes(flow, made=False)
        assert_continues(flow)
    await until(lambda: engine.stream.closed)


async def test_until_the_worker_has_something_the_bare_camera_goes_on(
    rehearsal: Rehearsal, seen: Flow
) -> None:
    await use(rehearsal.ana.signalling, EDGES)
    stream = await rehearsal.opened()
    frames = seen.frames
    await rehearsal.moment()
    assert seen.frames > frames
    assert not is_made(newest(seen))
    stream.run(automatic=True)
    await comes(seen, made=True)
    stream.state(StreamState.BYPASSED)
    await comes(seen, made=False)
    stream.run(automatic=True)
    await comes(seen, made=True)
    assert_continues(seen)


async def test_a_preview_is_for_its_owner_alone(rehearsal: Rehearsal, seen: Flow) -> None:
    ana, engine = rehearsal.ana, rehearsal.engine
    engine.automatic = True
    await ana.subscribe()
    await use(ana.signalling, EDGES, shown=False)
    own = await ana.sees(ana)
    await comes(own, made=True)
    assert streams_of(ana, ana) == {CAMERA}
    assert ana.flow(ana.id, MICROPHONE) is None
    await rehearsal.moment()
    assert not any(is_made(packet) for packet in seen.recent)
    await use(ana.signalling, EDGES, shown=True)
    await comes(seen, made=True)
    await use(ana.signalling, EDGES, shown=False)
    await comes(seen, made=False)
    assert len(engine.streams) == 1
    await use(ana.signalling)
    await until(lambda: streams_of(ana, ana) == set())
    await until(lambda: engine.stream.closed)


async def test_a_preview_needs_no_way_by_the_server(rehearsal: Rehearsal) -> None:
    ana, bo = rehearsal.ana, rehearsal.bo
    rehearsal.engine.automatic = True
    await ana.signalling.request("update-room", {"media": "mesh"})
    await use(ana.signalling, EDGES, shown=False)
    await ana.publish()
    await ana.subscribe()
    await bo.subscribe()
    await comes(await ana.sees(ana), made=True)
    assert streams_of(bo, ana) == set()


async def test_what_shall_be_hidden_is_never_seen_bare(rehearsal: Rehearsal, seen: Flow) -> None:
    ana, bo = rehearsal.ana, rehearsal.bo
    await use(ana.signalling, BLUR)
    stream = await rehearsal.opened()
    await passed(bo.signalling.ended, 0.05)  # what the server had sent before may still arrive
    bare = seen.packets
    cy = await rehearsal.newcomer()
    await cy.hears(ana)
    await rehearsal.moment()
    assert seen.packets == bare
    assert cy.flow(ana.id) is None
    stream.run(automatic=True)
    for flow in (seen, await cy.sees(ana)):
        await comes(flow, made=True)
    for state in (StreamState.HELD, StreamState.BYPASSED, StreamState.STARTING):
        stream.state(state)
        await passed(bo.signalling.ended, 0.1)
        before = seen.packets
        di = await rehearsal.newcomer("Di")
        await di.hears(ana)
        await rehearsal.moment()
        assert seen.packets == before
        assert di.flow(ana.id) is None
        stream.run(automatic=True)
        await until(partial(lambda than: seen.packets > than, before))
    assert all(is_made(packet) for packet in list(seen.recent)[-(seen.packets - bare) :])
    assert_continues(seen, pause_s=10.0)


async def test_hiding_more_holds_what_was_made_without_it(rehearsal: Rehearsal, seen: Flow) -> None:
    ana, bo = rehearsal.ana, rehearsal.bo
    rehearsal.engine.automatic = True
    await use(ana.signalling, EDGES)
    await comes(seen, made=True)
    stream = rehearsal.picture
    stream.automatic = False
    await until(lambda: len(stream.sent) > stream.made + 2)
    await use(ana.signalling, EDGES, BLUR)
    await until(lambda: len(stream.chain) == 2)
    waiting = len(stream.sent)
    await passed(bo.signalling.ended, 0.1)
    before = seen.packets
    stream.give(keyframe=True, frame=waiting - 2)
    await passed(bo.signalling.ended, 0.1)
    assert seen.packets == before
    await until(lambda: len(stream.sent) > waiting + 1)
    stream.give(keyframe=True)
    await until(lambda: seen.packets > before)


async def test_a_new_connection_of_the_page_shows_nothing_bare_either(
    rehearsal: Rehearsal, seen: Flow
) -> None:
    ana = rehearsal.ana
    rehearsal.engine.automatic = True
    await use(ana.signalling, BLUR)
    await comes(seen, made=True)
    since = seen.packets
    replaced = ana.publication
    assert replaced is not None
    rehearsal.stack.push_async_callback(replaced.close)
    await ana.publish(Publication(frame_bytes=900))
    await replaced.stop()
    before = len(rehearsal.picture.sent)
    await until(lambda: len(rehearsal.picture.sent) > before + 5)
    frames = seen.frames
    await until(lambda: seen.frames > frames + 5)
    assert all(is_made(packet) for packet in list(seen.recent)[-(seen.packets - since) :])
    assert len(rehearsal.engine.streams) == 1
    assert_continues(seen)


async def test_a_private_room_forwards_nothing_from_that_moment_on(
    rehearsal: Rehearsal, seen: Flow
) -> None:
    ana, bo = rehearsal.ana, rehearsal.bo
    heard = await bo.hears(ana)
    await _media(rehearsal, "private")
    before = seen.packets, heard.packets
    await rehearsal.moment()
    assert (seen.packets, heard.packets) == before
    await _media(rehearsal, "forwarded")
    cy = await rehearsal.newcomer()
    await cy.sees(ana)
    await cy.hears(ana)


async def test_who_hid_is_not_bared_by_a_host_who_ends_the_effects(
    rehearsal: Rehearsal, seen: Flow
) -> None:
    """The page of Ana goes on sending: it has not heard of it yet."""
    ana, bo, engine = rehearsal.ana, rehearsal.bo, rehearsal.engine
    engine.automatic = True
    await use(ana.signalling, BLUR)
    await comes(seen, made=True)
    for media in ("private", "auto", "private", "forwarded"):
        await _media(rehearsal, media)
        before = seen.packets
        await rehearsal.moment()
        assert seen.packets == before
    cy = await rehearsal.newcomer()
    heard = await cy.hears(ana)
    replaced = ana.publication
    assert replaced is not None
    rehearsal.stack.push_async_callback(replaced.close)
    await ana.publish(Publication(frame_bytes=900))
    packets = heard.packets
    await until(lambda: heard.packets > packets + 20)
    flows = [flow for it in (bo, cy) if (flow := it.flow(ana.id)) is not None]
    assert not [flow for flow in flows if flow.packets and not is_made(newest(flow))]
    await use(ana.signalling, BLUR)
    await comes(await cy.sees(ana), made=True)


async def test_who_wants_to_be_seen_is_seen_after_somebody_else_ended_what_hid_them(
    rehearsal: Rehearsal, seen: Flow
) -> None:
    ana = rehearsal.ana
    rehearsal.engine.automatic = True
    await use(ana.signalling, BLUR)
    await comes(seen, made=True)
    await _media(rehearsal, "private")
    await _media(rehearsal, "forwarded")
    cy = await rehearsal.newcomer()
    await cy.hears(ana)
    await rehearsal.moment()
    assert cy.flow(ana.id) is None
    await use(ana.signalling)
    await comes(await cy.sees(ana), made=False)


async def test_a_gain_alone_changes_the_sound_alone(rehearsal: Rehearsal, seen: Flow) -> None:
    ana, bo, engine = rehearsal.ana, rehearsal.bo, rehearsal.engine
    engine.automatic = True
    heard = await bo.hears(ana)
    assert not is_made(newest(heard))
    await ana.signalling.request("set-gain", {"participant_id": ana.id, "gain_db": 6})
    await comes(heard, made=True)
    (stream,) = engine.streams
    assert (stream.spec.kind, stream.chain, stream.gain_db) == (Kind.AUDIO, (), 6.0)
    assert not is_made(newest(seen))
    await ana.signalling.request("set-gain", {"participant_id": ana.id, "gain_db": 0})
    await comes(heard, made=False)
    assert (heard.missing, heard.duplicates) == (set(), 0)
    await until(lambda: stream.closed)


async def test_sound_is_made_when_it_is_shown(rehearsal: Rehearsal, seen: Flow) -> None:
    ana, bo, engine = rehearsal.ana, rehearsal.bo, rehearsal.engine
    engine.automatic = True
    heard = await bo.hears(ana)
    await use(ana.signalling, EDGES, audio=[ECHO], shown=False)
    await rehearsal.opened()
    await rehearsal.moment()
    assert engine.of(Kind.AUDIO) == []
    await use(ana.signalling, EDGES, audio=[ECHO], shown=True)
    await comes(heard, made=True)
    assert [e.filter for e in engine.of(Kind.AUDIO)[0].chain] == ["echo"]


async def test_moving_a_slider_changes_the_chain_and_nothing_else(
    rehearsal: Rehearsal, seen: Flow
) -> None:
    ana, engine = rehearsal.ana, rehearsal.engine
    engine.automatic = True
    await use(ana.signalling, EDGES)
    await comes(seen, made=True)
    keyframes = seen.keyframes
    for low in range(0, 1000, 200):
        await use(ana.signalling, effect(1, "edges", low=low))
        await until(partial(lambda value: ("low", value) in engine.stream.chain[0].params, low))
    assert (len(engine.streams), seen.keyframes) == (1, keyframes)


async def test_an_effect_ends_with_its_publisher(rehearsal: Rehearsal, seen: Flow) -> None:
    ana, engine = rehearsal.ana, rehearsal.engine
    engine.automatic = True
    await use(ana.signalling, EDGES, audio=[ECHO])
    await comes(seen, made=True)
    await until(lambda: len(engine.streams) == 2)
    publication = ana.publication
    assert publication is not None
    rehearsal.stack.push_async_callback(publication.close)
    await ana.signalling.request("unpublish", {"session": publication.session})
    await until(lambda: all(stream.closed for stream in engine.streams))
    await ana.publish()
    await until(lambda: len(engine.streams) == 4)
    await ana.signalling.request("leave")
    await until(lambda: all(stream.closed for stream in engine.streams))
