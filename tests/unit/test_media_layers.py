"""Which layer each subscriber gets, and what is believed about its line."""

from hypothesis import given
from hypothesis import strategies as st

from server.media.layers import Layer, Line, Wish, fitting, nearest_active, share_out


def layers(*, active: tuple[bool, bool, bool] = (True, True, True)) -> tuple[Layer, ...]:
    return (
        Layer("q", 320, 180, 150_000, active[0]),
        Layer("h", 640, 360, 500_000, active[1]),
        Layer("f", 1280, 720, 1_700_000, active[2]),
    )


def wish(who: str, width: int, height: int) -> Wish:
    return Wish(who, width, height, layers())


def test_a_tile_gets_the_smallest_layer_that_fills_it() -> None:
    assert [fitting(wish("a", w, h)) for w, h in ((236, 110), (640, 360), (1416, 812))] == [0, 1, 2]


def test_a_little_scaling_up_does_not_cost_a_layer() -> None:
    assert fitting(wish("a", 450, 250)) == 0
    assert fitting(wish("a", 480, 270)) == 1
    assert fitting(wish("a", 880, 500)) == 1


def test_a_wide_line_gives_everybody_what_fits() -> None:
    granted = share_out([wish("a", 1280, 720), wish("b", 300, 170)], float("inf"))
    assert granted == {"a": 2, "b": 0}


def test_a_narrow_line_gives_the_largest_tile_its_step_first() -> None:
    wishes = [wish("small", 640, 360), wish("large", 1280, 720)]
    assert share_out(wishes, 700_000) == {"small": 0, "large": 1}


def test_the_lowest_layer_is_never_taken_away() -> None:
    assert share_out([wish("a", 1280, 720), wish("b", 1280, 720)], 0.0) == {"a": 0, "b": 0}


@given(
    st.lists(st.tuples(st.integers(1, 4000), st.integers(1, 4000)), max_size=12),
    st.floats(0, 20_000_000),
)
def test_what_is_granted_stays_within_the_line(
    sizes: list[tuple[int, int]], ceiling: float
) -> None:
    wishes = [wish(str(i), *size) for i, size in enumerate(sizes)]
    granted = share_out(wishes, ceiling)
    spent = sum(w.layers[granted[w.who]].bitrate_bps for w in wishes)
    least = sum(w.layers[0].bitrate_bps for w in wishes)
    assert spent <= max(ceiling, least)
    assert all(granted[w.who] <= fitting(w) for w in wishes)


def test_a_layer_that_rests_is_replaced_by_the_next_lower_then_by_a_higher_one() -> None:
    assert nearest_active(layers(), 1) == 1
    assert nearest_active(layers(active=(True, False, True)), 1) == 0
    assert nearest_active(layers(active=(False, False, True)), 1) == 2
    assert nearest_active(layers(active=(False, False, False)), 1) is None


def test_a_low_estimate_alone_is_not_believed() -> None:
    line = Line()
    for second in range(5):
        line.look(float(second), remb_bps=300_000 + second * 20_000, loss=0.0, sent_bps=1_700_000)
    assert line.ceiling_bps == float("inf")


def test_a_falling_estimate_brings_the_ceiling_down_to_what_gets_through() -> None:
    line = Line()
    line.look(0.0, remb_bps=1_500_000, loss=0.0, sent_bps=1_700_000)
    line.look(1.0, remb_bps=700_000, loss=0.0, sent_bps=1_700_000)
    assert 600_000 <= line.ceiling_bps <= 700_000


def test_loss_brings_the_ceiling_down_and_quiet_raises_it_again() -> None:
    line = Line()
    line.look(0.0, remb_bps=None, loss=0.2, sent_bps=1_000_000)
    low = line.ceiling_bps
    assert low < 800_000
    line.look(1.0, remb_bps=None, loss=0.0, sent_bps=500_000)
    assert line.ceiling_bps == low, "not before it has been quiet for a while"
    for second in range(5, 60):
        line.look(float(second), remb_bps=None, loss=0.0, sent_bps=500_000)
    assert line.ceiling_bps == float("inf")


def test_each_fall_makes_the_next_rise_wait_longer() -> None:
    def seconds_to_rise(falls: int) -> int:
        line, fell_at, now = Line(), 0, 0
        for _ in range(falls):
            low = line.ceiling_bps
            while line.ceiling_bps == low < float("inf"):
                now += 1
                line.look(float(now), remb_bps=None, loss=0.0, sent_bps=400_000)
            fell_at = now
            line.look(float(now), remb_bps=None, loss=0.5, sent_bps=1_000_000)
        low = line.ceiling_bps
        while line.ceiling_bps == low:
            now += 1
            line.look(float(now), remb_bps=None, loss=0.0, sent_bps=400_000)
        return now - fell_at

    assert seconds_to_rise(1) < seconds_to_rise(2) < seconds_to_rise(3)
    assert seconds_to_rise(10) == seconds_to_rise(20), "it is tried again, however often it fell"


def test_a_fall_that_lasts_for_seconds_is_one_fall() -> None:
    line = Line()
    for second in range(4):
        line.look(float(second), remb_bps=None, loss=0.2, sent_bps=1_000_000)
    low = line.ceiling_bps
    line.look(8.0, remb_bps=None, loss=0.0, sent_bps=1_000_000)
    assert line.ceiling_bps > low


def test_loss_while_nothing_is_sent_does_not_hold_a_line_down_for_ever() -> None:
    line = Line()
    line.look(0.0, remb_bps=None, loss=0.2, sent_bps=0)
    for second in range(5, 60):
        line.look(float(second), remb_bps=None, loss=0.0, sent_bps=500_000)
    assert line.ceiling_bps == float("inf")
