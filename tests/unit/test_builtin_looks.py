"""The looks that change light, colour, sharpness and place of pixels."""

import numpy as np
import pytest

from rooms.filters.builtin.cartoon import cartoon
from rooms.filters.builtin.edges import edges
from rooms.filters.builtin.pencil import pencil
from rooms.filters.builtin.planes import planes, yuv
from rooms.filters.builtin.softening import blur, pixelate
from rooms.filters.builtin.tones import colour_map, colours, grayscale, invert, sepia
from rooms.filters.builtin.turning import mirror, rotate
from tests.support.pictures import SIZES, apart, plain, scene


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_planes_are_views_of_all_of_a_picture(width: int, height: int) -> None:
    image = np.zeros((height * 3 // 2, width), np.uint8)
    for level, plane in enumerate(planes(image), 1):
        plane += level
    y, u, v = planes(image)
    assert y.shape == (height, width)
    assert u.shape == v.shape == (height // 2, width // 2)
    assert [np.unique(plane).tolist() for plane in (y, u, v)] == [[1], [2], [3]]
    assert image.min() == 1


@pytest.mark.parametrize(
    ("colour", "expected"),
    [((0, 0, 0), (16, 128, 128)), ((255, 255, 255), (235, 128, 128)), ((0, 0, 255), (82, 90, 240))],
)
def test_colours_are_those_of_bt_601(
    colour: tuple[int, int, int], expected: tuple[int, int, int]
) -> None:
    assert np.abs(np.subtract(yuv(colour), expected)).max() <= 1


def test_looks_at_nothing_leave_the_picture_alone() -> None:
    image = scene()
    assert apart(colours(image, saturation=0), image) <= 1
    assert apart(sepia(image, strength=0, vignette=0), image) == 0
    assert apart(colour_map(image, strength=0), image) == 0
    assert apart(rotate(image, angle=0), image) == 0
    assert apart(planes(cartoon(image, line=0, flatten=0)).y, planes(image).y) == 0


def test_grayscale_changes_light_only_when_asked() -> None:
    luma = planes(scene()).y
    assert grayscale(luma) is luma
    assert grayscale(luma, contrast=50).std() > luma.std() > grayscale(luma, contrast=-50).std()


def test_saturation_taken_away_leaves_no_colour() -> None:
    _, u, v = planes(colours(scene(), saturation=-100))
    assert set(np.unique(u)) == set(np.unique(v)) == {128}


def test_half_a_turn_of_hue_is_the_opposite_colour() -> None:
    _, u, v = planes(colours(plain(100, 150, 90), saturation=0, hue=180))
    assert (u[0, 0], v[0, 0]) == (106, 166)


def test_brightness_and_contrast_stay_within_black_and_white() -> None:
    for brightness, contrast in ((100, 100), (-100, 100)):
        luma = planes(colours(scene(), brightness=brightness, contrast=contrast)).y
        assert 16 <= luma.min() <= luma.max() <= 235


def test_a_warmer_picture_is_redder_and_less_blue() -> None:
    _, u, v = planes(colours(plain(100), saturation=0, warmth=50))
    assert u[0, 0] < 128 < v[0, 0]


def test_a_negative_of_a_negative_is_the_picture() -> None:
    image = scene()
    negative = invert(image)
    assert planes(negative).y[0, 0] == 251 - planes(image).y[0, 0]
    assert apart(invert(negative), image) <= 1


@pytest.mark.parametrize(("what", "kept"), [("light", (1, 2)), ("colour", (0,))])
def test_half_a_negative_keeps_the_other_half(what: str, kept: tuple[int, ...]) -> None:
    image = scene()
    before, after = planes(image), planes(invert(image, what=what))
    assert {n for n in range(3) if np.array_equal(before[n], after[n])} == set(kept)


def test_a_colour_map_looks_at_light_alone() -> None:
    assert apart(colour_map(plain(90, 60, 200)), colour_map(plain(90))) == 0
    dark, light = planes(colour_map(plain(16))).y, planes(colour_map(plain(235))).y
    assert dark[0, 0] < 30 < 200 < light[0, 0]


def test_a_vignette_darkens_corners_more_than_the_middle() -> None:
    luma = planes(sepia(plain(180), vignette=80)).y
    assert luma[0, 0] < luma[45, 0] < luma[45, 80]


def test_edges_are_where_light_changes() -> None:
    luma = np.full((90, 160), 40, np.uint8)
    luma[:, 80:] = 200
    lines = edges(luma)
    columns = np.unique(np.nonzero(lines > 128)[1])
    assert columns.size
    assert columns.min() >= 78
    assert columns.max() <= 81
    assert set(np.unique(lines)) == {16, 235}
    assert np.array_equal(edges(luma, dark=True), 251 - lines)


def test_edges_do_not_care_which_threshold_is_the_larger() -> None:
    luma = planes(scene(640, 360)).y
    assert np.array_equal(edges(luma, low=40, high=90), edges(luma, low=90, high=40))


def test_thick_lines_are_thicker() -> None:
    luma = planes(scene(640, 360)).y
    assert (edges(luma, width=8) > 128).sum() > 2 * (edges(luma) > 128).sum()


def test_pencil_draws_on_white_paper_without_colour_unless_asked() -> None:
    image = scene(640, 360)
    y, u, v = planes(pencil(image, shading=0))
    assert np.median(y) > 200
    assert set(np.unique(u)) == set(np.unique(v)) == {128}
    assert np.array_equal(planes(pencil(image, colour=True)).u, planes(image).u)


def test_a_cartoon_has_fewer_levels_of_light() -> None:
    ramp = plain(0, width=440, height=440).copy()
    planes(ramp).y[:] = np.linspace(16, 235, 440).astype(np.uint8)
    share = np.bincount(planes(cartoon(ramp, line=0, flatten=100)).y.ravel(), minlength=256)
    # most of the picture has the light of one of a few steps
    assert np.sort(share)[::-1][:24].sum() > 0.6 * 440 * 440


def test_a_heavier_line_leaves_less_light() -> None:
    image = scene(640, 360)
    light = [planes(cartoon(image, line=line)).y.mean() for line in (0, 3, 8)]
    assert light == sorted(light, reverse=True)


@pytest.mark.parametrize("radius", [1, 16, 80])
def test_a_blur_spreads_light_without_losing_it(radius: float) -> None:
    image = scene(640, 360)
    before, after = planes(image).y, planes(blur(image, radius=radius)).y
    assert abs(float(before.mean()) - float(after.mean())) < 1.5
    assert np.abs(np.diff(after.astype(int))).sum() < np.abs(np.diff(before.astype(int))).sum()
    assert apart(blur(plain(90, 60, 200), radius=radius), plain(90, 60, 200)) == 0


def test_pixels_of_a_block_are_the_same() -> None:
    for plane in planes(pixelate(scene(640, 360), size=80)):
        blocks = plane.reshape(9, plane.shape[0] // 9, 16, plane.shape[1] // 16)
        assert (blocks == blocks[:, :1, :, :1]).all()


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_mirrors(width: int, height: int) -> None:
    image = scene(width, height)
    source = planes(image)
    for mode, axes in (("across", (1,)), ("down", (0,)), ("both", (0, 1))):
        for before, after in zip(source, planes(mirror(image, mode=mode)), strict=True):
            assert np.array_equal(np.flip(before, axes), after)
    for mode, side in (("left", np.s_[:, : width // 2]), ("right", np.s_[:, -(width // 2) :])):
        after = planes(mirror(image, mode=mode)).y
        assert np.array_equal(after, after[:, ::-1])
        assert np.array_equal(after[side], source.y[side])


def test_half_a_turn_is_both_mirrors() -> None:
    image = scene()
    assert apart(rotate(image, angle=180), mirror(image, mode="both")) <= 1


def test_a_quarter_turn_is_clockwise_and_seen_whole() -> None:
    image = plain(100, width=320, height=180).copy()
    planes(image).y[:90, :160] = 200  # top left
    luma = planes(rotate(image, angle=90, fill=False)).y
    assert luma[20, 200] == 200  # top right
    assert luma[160, 200] == 100
    assert luma[90, 20] == 16  # beside the picture


def test_a_turned_picture_that_fills_the_frame_leaves_no_corner_empty() -> None:
    for angle in (-170, -90, -33, 10, 45, 90):
        assert planes(rotate(plain(200), angle=angle, fill=True)).y.min() == 200
