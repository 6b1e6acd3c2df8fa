"""Which layers publishers are asked for, and how much a picture needs."""

from rooms.ids import ParticipantId
from server.media.demand import RESTS_AFTER, Demand
from server.media.layers import NOMINAL_BPS, suitable_bps

ANA = ParticipantId("ana")
ALL = ["q", "h", "f"]


def test_a_layer_that_nobody_wants_for_a_while_is_no_longer_asked_for() -> None:
    demand = Demand()
    told = [demand.look(ANA, "p1", ALL, {"h"}) for _ in range(RESTS_AFTER + 1)]
    assert told == [None] * (RESTS_AFTER - 1) + [["q", "h"], None]


def test_whoever_wants_it_again_gets_it_at_once() -> None:
    demand = Demand()
    for _ in range(RESTS_AFTER):
        demand.look(ANA, "p1", ALL, ())
    assert demand.look(ANA, "p1", ALL, {"f"}) == ["q", "f"]


def test_the_lowest_layer_is_always_wanted() -> None:
    demand = Demand()
    told = [demand.look(ANA, "p1", ALL, ()) for _ in range(2 * RESTS_AFTER)]
    assert [rids for rids in told if rids is not None] == [["q"]]


def test_a_new_session_sends_all_of_them() -> None:
    demand = Demand()
    for _ in range(RESTS_AFTER):
        demand.look(ANA, "p1", ALL, ())
    assert [demand.look(ANA, "p2", ALL, ()) for _ in range(RESTS_AFTER)][-1] == ["q"]
    demand.forget(ANA)
    assert [demand.look(ANA, "p2", ALL, ()) for _ in range(RESTS_AFTER)][-1] == ["q"]


def test_a_larger_picture_needs_more_but_less_for_each_pixel() -> None:
    sizes = [(320, 180), (640, 360), (1280, 720), (1920, 1080)]
    needs = [suitable_bps(*size) for size in sizes]
    assert needs == sorted(needs)
    assert needs[2] == NOMINAL_BPS[-1]
    for_each = [bps / (width * height) for bps, (width, height) in zip(needs, sizes, strict=True)]
    assert for_each == sorted(for_each, reverse=True)
