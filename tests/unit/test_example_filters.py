"""The filters in examples/ do what their pages say."""

import tomllib
from pathlib import Path

import numpy as np
import pytest

from rooms.effects import ParamValue
from rooms.filters import SAMPLE_RATE, Context, Samples
from rooms.filters.chain import Chain, Step
from rooms.filters.declare import Filter
from rooms.filters.loading import load_file
from rooms.filters.scenes import moving_picture
from rooms.filters.testing import check_filter

EXAMPLES = Path(__file__).parents[2] / "examples"
FOLDERS = sorted(path.parent for path in EXAMPLES.glob("*/pyproject.toml"))


def loaded(name: str) -> Filter:
    [path] = (EXAMPLES / name).glob("*.py")
    [one] = load_file(path)
    return one


def chain_of(name: str, **params: ParamValue) -> Chain:
    return Chain([Step("a", loaded(name), params)])


def flat(luma: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    i420 = np.full((135, 160), 128, np.uint8)
    i420[:90] = luma
    return i420


def tone(hertz: float, number: int) -> Samples:
    at = (np.arange(960) + 960 * number) / SAMPLE_RATE
    return (np.sin(2 * np.pi * hertz * at) * 8000).astype(np.int16)[np.newaxis]


def test_there_are_five() -> None:
    assert len(FOLDERS) == 5


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.name))
def test_an_example_passes_the_check_and_is_a_page_of_code(folder: Path) -> None:
    check_filter(loaded(folder.name), sizes=((640, 360), (90, 160)), max_ms=10)
    [path] = folder.glob("*.py")
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 60


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.name))
def test_an_example_has_one_name_as_file_and_as_package(folder: Path) -> None:
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    [path] = folder.glob("*.py")
    assert project["entry-points"]["rooms.filters"] == {path.stem: path.stem}
    one = loaded(folder.name)
    assert one.info.name.startswith(f"{path.stem}.")
    assert f"`{one.info.name}`" in (folder / "README.md").read_text(encoding="utf-8")
    assert f"[`{folder.name}`]" in (EXAMPLES / "README.md").read_text(encoding="utf-8")


def test_halftone_prints_more_ink_where_it_is_darker() -> None:
    chain = chain_of("halftone", ink="#000000", paper="#ffffff")
    shades = [
        float(chain.apply_video(flat(luma), Context())[:90].mean()) for luma in (40, 128, 210)
    ]
    assert shades[0] < 80 < shades[1] - 20
    assert shades[1] + 20 < shades[2]


def test_the_spotlight_opens_while_its_owner_speaks() -> None:
    chain = chain_of("spotlight", dark=100)
    shown = [
        chain.apply_video(flat(200), Context(time=number / 30, speaking=15 <= number < 45))
        for number in range(90)
    ]
    middle = [int(picture[40, 80]) for picture in shown]
    assert middle[14] < 30
    assert middle[44] > 180
    assert middle[89] < 30
    assert int(shown[44][2, 2]) < 30


def test_a_lamp_leaves_a_trace_that_fades() -> None:
    chain = chain_of("light-painting", fade=1, dim=0)
    lamp = flat(60)
    lamp[20:30, 20:30] = 235
    chain.apply_video(lamp, Context(time=5.0))
    traces = [
        int(chain.apply_video(flat(60), Context(time=5.0 + after))[25, 25])
        for after in (0.1, 0.5, 1.1)
    ]
    assert traces[0] > 200
    assert traces[0] > traces[1] > 100
    assert traces[2] <= 62


def test_the_terminal_has_fuller_letters_where_it_is_brighter() -> None:
    chain = chain_of("terminal", glow="#ffffff")
    shades = [
        float(chain.apply_video(flat(luma), Context())[:90].mean()) for luma in (16, 128, 230)
    ]
    assert shades[0] < 25 < shades[1] < shades[2]
    picture = moving_picture(322, 182, 0)
    assert chain.apply_video(picture, Context()).shape == picture.shape


@pytest.mark.parametrize(("hertz", "kept"), [(80, False), (1000, True), (8000, False)])
def test_the_radio_lets_voices_through(hertz: float, kept: bool) -> None:
    chain = chain_of("radio", hiss=0, drive=1)
    packets = [chain.apply_audio(tone(hertz, number), Context()) for number in range(10)]
    loudness = float(np.sqrt(np.mean(np.square(packets[5].astype(float)))))
    assert (loudness > 3000) is kept
    if kept:
        sound = np.concatenate(packets[1:], axis=1).astype(int)
        assert np.abs(np.diff(sound)).max() < 1800, "no clicks where packets meet"
