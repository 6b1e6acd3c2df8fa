"""What the wire lets in."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.errors import InvalidMessage, TooLarge, TooManyCandidates, UnknownEvent
from rooms.messages import FACTS
from rooms.requests import REQUESTS, Join, SendChat, UpdateRoom, parse_request
from rooms.sdp import SUBSCRIPTION, check_sdp, count_candidates
from server.signalling.socket import MAX_FRAME_BYTES

VALID: dict[str, dict[str, Any]] = {
    "join": {"room": "r", "name": "Ana"},
    "resume": {"token": "t", "since": 0, "fresh": False},
    "leave": {},
    "page-closing": {},
    "set-track": {"source": "camera", "muted": True},
    "remove-track": {"source": "microphone"},
    "send-description": {"to": "p", "to_generation": 1, "type": "offer", "sdp": "v=0"},
    "send-candidates": {"to": "p", "to_generation": 1, "candidates": [{"candidate": ""}]},
    "send-chat": {"client_id": "c", "text": "hello"},
    "fetch-chat": {},
    "update-room": {"title": "Rehearsal"},
    "publish": {"session": "s", "sdp": "v=0", "tracks": [{"mid": "0", "source": "camera"}]},
    "unpublish": {"session": "s"},
    "subscribe": {"session": "s", "codecs": ["VP8", "H264"]},
    "answer-subscription": {"session": "s", "number": 1, "sdp": "v=0"},
    "unsubscribe": {"session": "s"},
    "set-view": {"tiles": [{"participant_id": "p", "width": 640, "height": 360}]},
    "path-taken": {"participant_id": "p", "route": "forwarded"},
    "report-unreachable": {"participant_id": "p"},
    "set-effects": {
        "video": [{"id": "e1", "filter": "edges", "params": {"low": 80, "keep": True}}],
        "audio": [],
        "shown": True,
    },
    "list-filters": {},
    "try-filters": {"image": "/9j/", "filters": ["edges"]},
    "add-picture": {"data": "/9j/"},
    "set-gain": {"participant_id": "p", "gain_db": -6.5},
    "raise-hand": {"raised": True},
}
FRACTIONS, SWITCHES = {"gain_db"}, {"muted", "fresh", "shown", "raised"}
RELAYED = {"path-taken"}
"""A request that its target gets as a fact of the same name."""


def test_there_is_a_valid_example_for_every_request() -> None:
    assert set(VALID) == set(REQUESTS)


@pytest.mark.parametrize("event", VALID)
def test_a_valid_request_is_read(event: str) -> None:
    assert parse_request(event, VALID[event]).event == event


@pytest.mark.parametrize("event", VALID)
def test_the_sender_cannot_be_forged(event: str) -> None:
    for forged in {"from", "sender", "participant_id", "seq", "role"} - VALID[event].keys():
        with pytest.raises(InvalidMessage):
            parse_request(event, {**VALID[event], forged: "someone"})


@pytest.mark.parametrize(
    ("event", "field"), [(event, field) for event, data in VALID.items() for field in data]
)
def test_a_missing_field_and_a_wrong_type_are_refused(event: str, field: str) -> None:
    missing = {name: value for name, value in VALID[event].items() if name != field}
    with pytest.raises(InvalidMessage):
        parse_request(event, missing)
    wrong: Any
    for wrong in (None, 1.5, "\ud800", [[]], {"a": 1}, True):
        if (field in FRACTIONS and wrong == 1.5) or (field in SWITCHES and wrong is True):
            continue
        with pytest.raises(InvalidMessage):
            parse_request(event, {**VALID[event], field: wrong})


@pytest.mark.parametrize(
    "event", ["connect", "disconnect", "__proto__", "", "*", "Join", "message"]
)
def test_reserved_and_unknown_names_are_refused(event: str) -> None:
    with pytest.raises(UnknownEvent):
        parse_request(event, {})


@pytest.mark.parametrize("data", [None, [], "text", 7, True])
def test_a_message_that_is_not_an_object_is_refused(data: object) -> None:
    with pytest.raises(InvalidMessage):
        parse_request("join", data)


@pytest.mark.parametrize(
    "name", ["", "   ", "x" * 61, "a\nb", "a\x00b", "a\x1bb", "a\u202eb", "\u2066x", "a\x85b"]
)
def test_a_name_is_one_visible_line(name: str) -> None:
    with pytest.raises(InvalidMessage):
        parse_request("join", {"room": "r", "name": name})


@pytest.mark.parametrize("hidden", "\u061c\u180e\u200b\u200e\u200f\u2028\u2029\u2060\ufeff")
def test_a_name_hides_nothing(hidden: str) -> None:
    with pytest.raises(InvalidMessage):
        parse_request("join", {"room": "r", "name": f"An{hidden}a"})


@pytest.mark.parametrize(
    "name",
    [
        *("\u3164", "\u2800", "\u115f\u1160", "\uffa0"),
        *("\u200d", "\u200c", "\ufe0f", "\u0301", "\u00ad", "\u200d \ufe0f"),
        "\U000e0041\U000e007f",
    ],
)
def test_a_name_has_something_to_see(name: str) -> None:
    with pytest.raises(InvalidMessage):
        parse_request("join", {"room": "r", "name": name})


@pytest.mark.parametrize(
    "name",
    [
        "\U0001f469\u200d\U0001f680",  # astronaut: two emoji and a joiner
        "\u2764\ufe0f",  # heart with the selector for its coloured form
        "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",  # Scotland
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian, with a non-joiner
        "\u0928\u093f\u0936\u093e",  # Devanagari, with vowel signs
    ],
)
def test_a_name_may_need_joiners_selectors_and_tags(name: str) -> None:
    request = parse_request("join", {"room": "r", "name": name})
    assert isinstance(request, Join)
    assert request.name == name


def test_a_name_is_trimmed_and_may_be_in_any_script() -> None:
    request = parse_request("join", {"room": "r", "name": "  陈伟 🎭 "})
    assert isinstance(request, Join)
    assert request.name == "陈伟 🎭"


@pytest.mark.parametrize("text", ["", " \n ", "x" * 4001, "a\x00", "a\x7f", "a\u202e"])
def test_chat_text_is_bounded_and_printable(text: str) -> None:
    with pytest.raises(InvalidMessage):
        parse_request("send-chat", {"client_id": "c", "text": text})


def test_chat_text_may_have_lines_and_tabs() -> None:
    request = parse_request("send-chat", {"client_id": "c", "text": "a\n\tb"})
    assert isinstance(request, SendChat)
    assert request.text == "a\n\tb"


def test_chat_text_has_one_kind_of_line_break() -> None:
    request = parse_request("send-chat", {"client_id": "c", "text": "a\r\nb\rc\n"})
    assert isinstance(request, SendChat)
    assert request.text == "a\nb\nc\n"


def test_an_sdp_up_to_the_limits_passes_and_one_over_is_refused() -> None:
    check_sdp("v=0\r\n" + "x" * (65_536 - 5))
    with pytest.raises(TooLarge):
        check_sdp("v=0\r\n" + "x" * (65_536 - 4))
    with pytest.raises(TooLarge):
        check_sdp("é" * 32_769)
    check_sdp("m=audio 9\r\n" * 16)
    with pytest.raises(TooLarge):
        check_sdp("m=audio 9\r\n" * 17)
    lines = [f"a=candidate:{n} 1 udp 1 192.0.2.1 9 typ host" for n in range(31)]
    check_sdp("\r\n".join(lines[:30]))
    with pytest.raises(TooManyCandidates):
        check_sdp("\r\n".join(lines))


def test_a_candidate_repeated_for_each_m_line_counts_once() -> None:
    assert count_candidates(["a=candidate:1", "m=video", "a=candidate:1", "a=candidate:2"]) == 2


def test_more_than_thirty_candidates_at_once_are_refused() -> None:
    data = {"to": "p", "to_generation": 1, "candidates": [{"candidate": "c"}] * 31}
    with pytest.raises(TooManyCandidates):
        parse_request("send-candidates", data)


def test_both_directions_of_history_at_once_are_refused() -> None:
    with pytest.raises(InvalidMessage):
        parse_request("fetch-chat", {"before": 1, "after": 1})


def test_a_refusal_does_not_repeat_what_was_sent() -> None:
    with pytest.raises(InvalidMessage) as refusal:
        parse_request("send-chat", {"client_id": "c", "text": "secret" + "x" * 4000})
    assert "secret" not in refusal.value.message


def test_no_name_is_both_a_request_and_a_fact_but_those_that_are_relayed() -> None:
    assert set(REQUESTS) & set(FACTS) == RELAYED


def test_a_room_is_updated_in_one_way_at_least() -> None:
    for data in ({}, {"title": None}, {"title": None, "media": None}, {"media": "peer-to-peer"}):
        with pytest.raises(InvalidMessage):
            parse_request("update-room", data)
    for data in ({"media": "mesh"}, {"title": "Rehearsal", "media": "auto"}):
        assert isinstance(parse_request("update-room", data), UpdateRoom)


@pytest.mark.parametrize(
    "tracks",
    [
        [{"mid": "0", "source": "camera"}, {"mid": "0", "source": "microphone"}],
        [{"mid": "0", "source": "camera"}, {"mid": "1", "source": "camera"}],
        [{"mid": "", "source": "camera"}],
        [{"mid": "x" * 17, "source": "camera"}],
        [{"mid": "0\r\n", "source": "camera"}],
        [{"mid": "0", "source": "screen"}],
        [{"mid": str(n), "source": "camera"} for n in range(9)],
    ],
)
def test_published_tracks_are_few_and_each_is_one_source(tracks: list[dict[str, str]]) -> None:
    with pytest.raises(InvalidMessage):
        parse_request("publish", {**VALID["publish"], "tracks": tracks})


@pytest.mark.parametrize("field", ["width", "height"])
@pytest.mark.parametrize("pixels", [-1, 16_385, 1.5])
def test_a_tile_has_a_size_that_screens_have(field: str, pixels: float) -> None:
    tile = {"participant_id": "p", "width": 0, "height": 16_384}
    parse_request("set-view", {"tiles": [tile]})
    with pytest.raises(InvalidMessage):
        parse_request("set-view", {"tiles": [{**tile, field: pixels}]})


def test_a_view_has_sixty_four_tiles_at_most() -> None:
    tiles = [{"participant_id": f"p{n}", "width": 1, "height": 1} for n in range(65)]
    parse_request("set-view", {"tiles": tiles[:64]})
    with pytest.raises(InvalidMessage):
        parse_request("set-view", {"tiles": tiles})


@pytest.mark.parametrize("codecs", [["V" * 33], [""], ["VP8\n"], ["VP8"] * 17])
def test_codecs_are_few_and_have_names(codecs: list[str]) -> None:
    with pytest.raises(InvalidMessage):
        parse_request("subscribe", {"session": "s", "codecs": codecs})


@pytest.mark.parametrize(
    ("event", "size", "sections"),
    [("publish", 65_536, 16), ("answer-subscription", 196_608, 128)],
)
def test_a_description_for_the_server_has_limits_of_its_own(
    event: str, size: int, sections: int
) -> None:
    for fits in ("v" * size, "m=audio 9\r\n" * sections):
        parse_request(event, {**VALID[event], "sdp": fits})
    for too_much in ("v" * (size + 1), "m=audio 9\r\n" * (sections + 1)):
        with pytest.raises(TooLarge):
            parse_request(event, {**VALID[event], "sdp": too_much})
    lines = (f"a=candidate:{n} 1 udp 1 192.0.2.1 9 typ host\r\n" for n in range(31))
    with pytest.raises(TooManyCandidates):
        parse_request(event, {**VALID[event], "sdp": "".join(lines)})


def test_the_largest_answer_fits_into_one_frame() -> None:
    line = "a=rtpmap:120 VP8/90000\r\n"
    sdp = line * (SUBSCRIPTION.size // len(line))
    answer = {"session": "s" * 64, "number": 2**53, "sdp": sdp}
    assert len(json.dumps(["answer-subscription", answer])) + 64 < MAX_FRAME_BYTES


def test_asking_for_a_peer_connection_costs_more() -> None:
    dear = {event for event, model in REQUESTS.items() if model.cost > 1}
    assert dear == {"publish", "subscribe"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.sampled_from(sorted(REQUESTS)) | st.text(max_size=12), JSON)
def test_whatever_json_comes_it_is_read_or_refused_with_a_code(event: str, data: object) -> None:
    with contextlib.suppress(InvalidMessage):
        assert parse_request(event, data).event == event


def test_deep_nesting_is_refused() -> None:
    nested = json.loads("[" * 500 + "]" * 500)
    with pytest.raises(InvalidMessage):
        parse_request("join", {"room": nested, "name": "x"})
