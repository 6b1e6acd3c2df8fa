"""The filters of sound, by what is heard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from rooms.effects import ParamKind
from rooms.filters.builtin.delay_line import samples_of
from rooms.filters.builtin.echo import Delay, Echo
from rooms.filters.builtin.gain import Gain
from rooms.filters.builtin.gate import Gate
from rooms.filters.builtin.noise_suppression import LAG, NoiseSuppression, binding
from rooms.filters.builtin.pitch import Pitch
from rooms.filters.chain import Chain
from rooms.filters.context import Context
from rooms.filters.instance import Step
from rooms.filters.loading import load_builtins
from rooms.filters.testing import check_filter
from rooms.participant import Kind
from tests.support.sound import (
    decibels,
    frequency,
    in_packets,
    loudness,
    noise,
    rms,
    roughness,
    sine,
    voice,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rooms.filters.declare import Filter

FILTERS = [one for one in load_builtins() if one.info.kind is Kind.AUDIO]
every_filter = pytest.mark.parametrize("filter_", FILTERS, ids=lambda one: one.info.name)
PACKETS = [120, 480, 960, 2880]
"""2.5 to 60 ms: what Opus packets hold."""


@every_filter
def test_a_filter_takes_all_that_its_parameters_allow(filter_: Filter) -> None:
    check_filter(filter_, max_ms=2.0)


@every_filter
def test_no_slider_clicks(filter_: Filter) -> None:
    tone = sine(200, 0.02, amplitude=800)
    for param in filter_.info.params:
        if param.kind is not ParamKind.NUMBER:
            continue
        chain = Chain([Step("one", filter_, {param.name: param.low})])
        heard = []
        for number in range(60):
            if number % 10 == 0:
                value = param.high if number % 20 else param.low
                chain.update([Step("one", filter_, {param.name: value})])
            heard.append(chain.apply_audio(tone, Context(time=number * 0.02)))
        chain.stop()
        # The tone itself bends by 0.6 from sample to sample, ten times as loud or twice as high by
        # 6. Half of it missing for a sample is 400.
        assert roughness(np.concatenate(heard, axis=1)) < 40, param.name


def test_gain_is_as_loud_as_it_says() -> None:
    tone = sine(300, 0.5, amplitude=2000)
    louder = in_packets(Gain(), tone, gain_db=7.5)
    assert decibels(rms(louder) / rms(tone)) == pytest.approx(7.5, abs=0.1)


@pytest.mark.parametrize("size", PACKETS)
def test_echo_comes_back_when_and_as_loud_as_it_says(size: int) -> None:
    click = np.zeros((2, 48_000 * 3 // 2), np.int16)
    click[:, 100] = 20_000
    heard = in_packets(Echo(), click, size, time=200, level=50, repeat=40)
    back = samples_of(200)
    assert heard[0, 100] == 20_000
    assert heard[0, 100 + back] == pytest.approx(10_000, abs=1)
    assert heard[1, 100 + 2 * back] == pytest.approx(4_000, abs=1)
    assert heard[1, 100 + 3 * back] == pytest.approx(1_600, abs=1)
    assert np.count_nonzero(heard[0, : 100 + 3 * back]) == 3


@pytest.mark.parametrize("size", PACKETS)
def test_delay_gives_the_same_later(size: int) -> None:
    said = voice(1.2)
    heard = in_packets(Delay(), said, size, time=300)
    late = samples_of(300)
    assert not heard[:, :late].any()
    assert np.array_equal(heard[:, late:], said[:, : heard.shape[1] - late])


def test_a_gate_lets_the_loud_through_and_nothing_else() -> None:
    gate = Gate()
    loud, quiet = sine(300, 0.5, amplitude=8000), noise(1.0, 30)
    heard = in_packets(gate, np.concatenate((quiet, loud, quiet), axis=1), threshold=-40)
    before, during, after = np.split(heard[0], [48_000, 72_000])
    assert not before.any()
    assert rms(during) == pytest.approx(rms(loud), rel=0.02)
    assert not after[48_000 * 6 // 10 :].any()


def test_a_gate_opens_at_once_and_holds() -> None:
    gate = Gate()
    silence, loud = np.zeros((1, 9600), np.int16), sine(300, 0.2, amplitude=8000)
    heard = in_packets(gate, np.concatenate((silence, loud, silence + 40), axis=1), hold=100)[0]
    opened = samples_of(5)
    assert np.array_equal(heard[9600 + opened : 19_200], loud[0, opened:])
    assert np.all(heard[19_200 : 19_200 + samples_of(90)] == 40)


def test_a_gate_opens_and_closes_without_a_click() -> None:
    """A tone around its threshold: every change is a slope."""
    tone = np.concatenate((sine(200, 0.1, 500), sine(200, 0.1, 2000), sine(200, 0.5, 500)), axis=1)
    heard = in_packets(Gate(), tone, threshold=-30, hold=0, release=50)
    assert not heard[0, -4800:].any()
    assert roughness(heard) < 40


def test_a_gate_does_not_flutter_around_its_threshold() -> None:
    """Once open it stays so at 4 dB under the threshold, at which it would not have opened."""
    gate, low = Gate(), 32768 * 10 ** (-44 / 20)
    under = sine(300, 0.6, amplitude=low)
    assert rms(in_packets(gate, under, threshold=-40, hold=0, release=10)) == 0
    in_packets(gate, sine(300, 0.1), threshold=-40, hold=20, release=10)
    heard = in_packets(gate, under, threshold=-40, hold=20, release=10)
    assert rms(heard) == pytest.approx(rms(under), rel=0.01)


@pytest.mark.parametrize("semitones", [-12.0, -5.0, 0.0, 3.5, 12.0])
@pytest.mark.parametrize("tone", [110, 440])
@pytest.mark.parametrize("size", PACKETS)
def test_pitch_is_as_high_as_it_says_and_pure(semitones: float, tone: int, size: int) -> None:
    said = sine(tone, 1.5)
    heard = in_packets(Pitch(), said, size, semitones=semitones)[0, 24_000:]
    wanted = tone * 2 ** (semitones / 12)
    assert frequency(heard) == pytest.approx(wanted, rel=0.005)
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(heard.size))) ** 2
    of_tone = abs(np.fft.rfftfreq(heard.size, 1 / 48_000) - wanted) < 25
    assert 10 * np.log10(spectrum[~of_tone].sum() / spectrum[of_tone].sum()) < -40
    assert rms(heard) == pytest.approx(rms(said), rel=0.02)


def test_pitch_does_not_make_speech_longer() -> None:
    """Its syllables are where they were, 40 ms later at most."""
    said = voice(4.0)
    heard = in_packets(Pitch(), said, semitones=5)

    one, other = loudness(said), loudness(heard)
    likeness = [np.corrcoef(one[: 390 - lag], other[lag:390])[0, 1] for lag in range(30)]
    assert 2 <= int(np.argmax(likeness)) <= 5
    assert max(likeness) > 0.9


@pytest.fixture
def suppression() -> Iterator[NoiseSuppression]:
    if binding() is None:
        pytest.skip("pyrnnoise is not installed")
    made = NoiseSuppression()
    made.start(Context())
    yield made
    made.stop()


def test_noise_is_suppressed(suppression: NoiseSuppression) -> None:
    hiss = noise(2.0, 400)
    heard = in_packets(suppression, hiss)
    assert decibels(rms(heard[:, 48_000:]) / rms(hiss)) < -30


def test_speech_gets_through_and_the_noise_in_its_pauses_does_not(
    suppression: NoiseSuppression,
) -> None:
    said, hiss = voice(4.0), noise(4.0, 250)
    heard = in_packets(suppression, said + hiss)[:, 48_000 + LAG :]
    said = said[:, 48_000:-LAG]
    spoken, pause = loudness(said) > 1500, loudness(said) == 0
    assert abs(decibels(rms(loudness(heard)[spoken]) / rms(loudness(said)[spoken]))) < 3
    assert decibels(rms(loudness(heard)[pause]) / rms(hiss)) < -10


@pytest.mark.parametrize("size", PACKETS)
def test_without_strength_sound_is_only_late(suppression: NoiseSuppression, size: int) -> None:
    said = voice(0.6)
    heard = in_packets(suppression, said, size, strength=0)
    late = LAG if size % 480 == 0 else LAG + 480
    assert np.array_equal(heard[:, late:], said[:, : heard.shape[1] - late])


def test_other_channels_begin_anew(suppression: NoiseSuppression) -> None:
    mono = noise(0.02, 100)
    assert suppression(mono).shape == (1, 960)
    assert suppression(np.repeat(mono, 2, axis=0)).shape == (2, 960)
