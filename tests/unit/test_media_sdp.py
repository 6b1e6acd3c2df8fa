"""What is taken from a page's description, and what is written into ours."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.errors import InvalidSdp
from server.media.sdp import (
    MAX_RIDS,
    blocks,
    checked,
    codec_table,
    publish_answer,
    sent_layers,
    sent_ssrcs,
    subscribe_offer,
    text,
)
from tests.support.media_publication import Publication
from tests.support.media_sdp import candidate_line, description
from tests.support.media_wire import Endpoint

ENDPOINT = Endpoint("ufrag", "p" * 22, ("sha-256", "AA:BB"), "actpass", (("192.0.2.1", 9),))


def offer(*more: str, layers: tuple[str, ...] = ()) -> str:
    return description(ENDPOINT, Publication(layers=layers).media, more=more)


def test_a_page_s_offer_is_taken_without_candidates() -> None:
    taken = checked(offer("a=end-of-candidates"), direction="sendonly")
    assert "candidate" not in taken
    assert taken.count("m=") == 2


def test_an_m_line_may_be_inactive() -> None:
    sdp = offer().replace("a=sendonly", "a=inactive", 1)
    assert "a=inactive" in checked(sdp, direction="sendonly")


def test_line_ends_may_lack_their_carriage_return() -> None:
    sdp = offer()
    taken = checked(sdp.replace("\r", ""), direction="sendonly")
    assert taken == checked(sdp, direction="sendonly")


def test_what_is_remote_cannot_make_us_ice_lite() -> None:
    sdp = offer().replace("t=0 0", "t=0 0\r\na=ice-lite\r\na=ice-options:trickle")
    assert "ice-" not in checked(sdp, direction="sendonly").split("m=")[0]


@pytest.mark.parametrize(
    "sdp",
    [
        "",
        "v=0\r\n",
        "m=audio\r\n",
        offer("m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "a=mid:2"),
        offer("m=", "a=mid:2", "a=sendonly"),
        offer().replace("a=sendonly", "a=sendrecv"),
        offer().replace("a=sendonly", "a=recvonly"),
        offer().replace("a=sendonly\r\n", "", 1),
        offer().replace("a=mid:1", "a=mid:0").replace("BUNDLE 0 1", "BUNDLE 0 0"),
        offer().replace("a=mid:1", "a=mid:" + "1" * 17),
        offer().replace("a=mid:1", "a=mid:1 2"),
        offer().replace("a=mid:1\r\n", ""),
        offer().replace("a=group:BUNDLE 0 1\r\n", ""),
        offer().replace("BUNDLE 0 1", "BUNDLE 0"),
        offer().replace("BUNDLE 0 1", "BUNDLE 1 0"),
    ],
    ids=lambda sdp: None,
)
def test_what_is_not_sound_and_pictures_over_one_transport_is_refused(sdp: str) -> None:
    with pytest.raises(InvalidSdp):
        checked(sdp, direction="sendonly")


def test_many_m_lines_are_only_received() -> None:
    endpoint, media = ENDPOINT, Publication().media[0]
    sections = [replace(media, mid=str(n)) for n in range(17)]
    with pytest.raises(InvalidSdp):
        checked(description(endpoint, sections), direction="sendonly")
    received = description(endpoint, sections).replace("a=sendonly", "a=recvonly")
    assert checked(received, direction="recvonly").count("m=audio") == 17


def test_the_layers_are_those_that_are_declared_and_sent() -> None:
    assert sent_layers(offer(layers=("q", "h", "f"))) == {"0": (), "1": ("q", "h", "f")}
    assert sent_layers(offer())["1"] == ()


@pytest.mark.parametrize(
    ("lines", "rids"),
    [
        (("a=rid:q send", "a=simulcast:send q"), ("q",)),
        (("a=rid:q send", "a=rid:h send", "a=simulcast:send q,h"), ("q", "h")),
        (("a=rid:q send", "a=simulcast:send ~q"), ("q",)),
        (("a=rid:q send", "a=simulcast:send q;q;q"), ("q",)),
        (("a=rid:q send", "a=simulcast:send " + ";" * 60_000 + "q"), ()),
        (("a=rid:q send", "a=simulcast:send q;other"), ("q",)),
        (("a=rid:q recv", "a=simulcast:send q"), ()),
        (("a=rid:q send", "a=simulcast:recv q"), ()),
        (("a=rid:q send", "a=simulcast:recv h send q"), ("q",)),
        (("a=rid: send", "a=simulcast:send ;"), ()),
        (("a=rid:q\u2028x send", "a=simulcast:send q\u2028x"), ()),
    ],
)
def test_layers_are_read_as_the_standard_has_them(
    lines: tuple[str, ...], rids: tuple[str, ...]
) -> None:
    assert sent_layers(offer(*lines))["1"] == rids


def test_no_more_layers_are_taken_than_there_are() -> None:
    names = [f"r{n}" for n in range(9)]
    lines = [f"a=rid:{name} send" for name in names]
    sdp = offer(*lines, "a=simulcast:send " + ";".join(names))
    assert sent_layers(sdp)["1"] == tuple(names[:MAX_RIDS])


def test_declared_ssrcs_are_media_first_then_retransmissions() -> None:
    sdp = offer().split("a=ssrc")[0]
    assert sent_ssrcs(sdp + "a=ssrc:9 cname:x\r\na=ssrc-group:FID 7 9\r\n") == {"0": (7, 9)}
    assert sent_ssrcs(sdp + "a=ssrc:9 cname:x\r\n") == {"0": (9,)}
    assert sent_ssrcs(sdp) == {"0": ()}


@pytest.mark.parametrize(
    "line", ["a=ssrc:4294967296 x:y", "a=ssrc:", "a=ssrc-group:FID 1 99999999999"]
)
def test_an_ssrc_that_cannot_be_is_none(line: str) -> None:
    assert sent_ssrcs(offer().split("a=ssrc")[0] + line + "\r\n") == {"0": ()}


OURS = "\r\n".join(
    [
        "v=0",
        "a=group:BUNDLE 0 1",
        *("m=audio 9 UDP/TLS/RTP/SAVPF 111", "c=IN IP4 192.0.2.1", "a=mid:0"),
        *(candidate_line(0, ("192.0.2.1", 4)), "a=end-of-candidates"),
        *("m=video 9 UDP/TLS/RTP/SAVPF 96", "c=IN IP4 192.0.2.1", "a=mid:1"),
        *(candidate_line(0, ("192.0.2.1", 4)), "a=end-of-candidates"),
        "",
    ]
)


def test_an_answer_asks_for_the_layers_and_bounds_the_pictures() -> None:
    _, audio, video = blocks(publish_answer(OURS, {"0": (), "1": ("q", "h")}, 2500))
    assert "a=rid:q recv" in video
    assert "a=rid:h recv" in video
    assert video[-1] == "a=simulcast:recv q;h"
    assert video[video.index("c=IN IP4 192.0.2.1") + 1] == "b=AS:2500"
    assert not any(line.startswith(("b=", "a=rid")) for line in audio)


def test_an_answer_without_layers_names_none() -> None:
    answer = publish_answer(OURS, {"0": (), "1": ()}, 2500)
    assert "rid" not in answer
    assert "simulcast" not in answer


@pytest.mark.parametrize("ours", [publish_answer(OURS, {}, 2500), subscribe_offer(OURS)])
def test_each_candidate_is_said_once(ours: str) -> None:
    _, audio, _ = blocks(ours)
    assert ours.count("a=candidate") == 1
    assert any(line.startswith("a=candidate") for line in audio)


def test_text_is_what_blocks_took_apart() -> None:
    assert text(blocks(OURS)) == OURS


def test_subscribers_are_told_of_no_transport_wide_numbers() -> None:
    """Chromium then reports its bandwidth by REMB."""
    for offered in codec_table(to_us=False):
        assert "transport-cc" not in offered.feedback
    assert all("transport-cc" in offered.feedback for offered in codec_table(to_us=True))


@given(st.text(max_size=400))
def test_whatever_a_description_is_it_is_taken_or_refused(garbage: str) -> None:
    for sdp in (garbage, offer() + garbage, offer().replace("a=mid:1", garbage)):
        sent_layers(sdp)
        sent_ssrcs(sdp)
        try:
            taken = checked(sdp, direction="sendonly")
        except InvalidSdp:
            continue
        assert "\na=candidate:" not in taken
