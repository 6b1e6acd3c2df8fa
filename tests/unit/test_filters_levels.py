"""Gain and peaks: what the filter `gain` and the server's own gains share."""

import numpy as np
import pytest

from rooms.filters.levels import SILENCE_DBFS, Fader, apply_gain, peak_dbfs
from tests.support.sound import decibels, rms, roughness, sine


@pytest.mark.parametrize("gain_db", [-20.0, -6.0, -0.5, 0.0, 3.0, 12.0, 20.0])
def test_a_gain_is_as_loud_as_it_says(gain_db: float) -> None:
    quiet = sine(440, 1.0, amplitude=3000)
    assert decibels(rms(apply_gain(quiet, gain_db)) / rms(quiet)) == pytest.approx(gain_db, abs=0.5)


def test_what_is_too_loud_is_cut_off_and_does_not_wrap_around() -> None:
    loud = sine(100, 0.1, amplitude=30000)
    louder = apply_gain(loud, 20.0)
    assert louder.max() == 32767
    assert louder.min() == -32768
    assert np.all((louder >= 0) == (loud >= 0))


def test_the_lowest_sample_is_not_turned_into_the_highest() -> None:
    lowest = np.full((1, 4), -32768, np.int16)
    assert apply_gain(lowest, 6.0).tolist() == lowest.tolist()


def test_both_channels_get_the_same_gain() -> None:
    stereo = np.concatenate((sine(200, 0.02), sine(300, 0.02)))
    for row, louder in zip(stereo, apply_gain(stereo, 6.0), strict=True):
        assert decibels(rms(louder) / rms(row)) == pytest.approx(6.0, abs=0.1)


def test_a_gain_that_moves_glides() -> None:
    fader = Fader()
    tone = sine(200, 0.02)
    packets = [fader.apply(tone, gain) for gain in (0.0, -20.0, -20.0, 6.0, 6.0)]
    assert roughness(np.concatenate(packets, axis=1)) < 20
    assert rms(packets[2]) == pytest.approx(rms(tone) / 10, rel=0.01)


def test_without_a_gain_samples_are_left_alone() -> None:
    tone = sine(200, 0.02)
    assert apply_gain(tone, 0.0) is tone


def test_peaks() -> None:
    assert peak_dbfs(np.zeros((2, 960), np.int16)) == SILENCE_DBFS
    assert peak_dbfs(np.zeros((1, 0), np.int16)) == SILENCE_DBFS
    assert peak_dbfs(np.full((1, 3), -32768, np.int16)) == 0.0
    assert peak_dbfs(sine(300, 0.1, amplitude=16384)) == pytest.approx(-6.0, abs=0.1)
    assert peak_dbfs(np.array([[0, 1]], np.int16)) == pytest.approx(-90.3, abs=0.1)
