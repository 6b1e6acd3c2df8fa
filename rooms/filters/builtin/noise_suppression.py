"""Noise suppression by RNNoise (arXiv:1709.08243), which the extra `audio` brings.

pyrnnoise imports a world of packages for its command line. Only its smallest module is loaded here,
the one that binds the library and needs nothing but numpy.
"""

from __future__ import annotations

import ctypes
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rooms.filters import Param, Samples, audio_filter
from rooms.filters.builtin.delay_line import DelayLine, glide
from rooms.filters.levels import saturated

if TYPE_CHECKING:
    from types import ModuleType

    from numpy.typing import NDArray

    from rooms.filters import Context

FRAME: Final = 480
"""Samples that RNNoise takes at once."""
LAG: Final = 2 * FRAME
"""Samples by which what it gives is late: it overlaps frames, and looks one ahead."""
_FLOATS: Final = ctypes.POINTER(ctypes.c_float)


def binding() -> Path | None:
    """Where the module that binds RNNoise is, if it is installed. Nothing is imported."""
    package = find_spec("pyrnnoise")
    if package is None or package.origin is None:
        return None
    file = Path(package.origin).with_name("rnnoise.py")
    return file if file.is_file() else None


class Suppressor:
    """RNNoise for one channel."""

    def __init__(self, rnnoise: ModuleType) -> None:
        self._library: Any = rnnoise.lib
        self._state = self._library.rnnoise_create(None)

    def clean(self, frame: NDArray[np.float32]) -> None:
        """Take the noise out of FRAME samples in the range of int16, in place."""
        pointer = frame.ctypes.data_as(_FLOATS)
        self._library.rnnoise_process_frame(self._state, pointer, pointer)

    def close(self) -> None:
        self._library.rnnoise_destroy(self._state)


class Frames:
    """Cuts packets of any length into frames, and gives back as many samples as came.

    When they do not fit that costs one frame of delay.
    """

    def __init__(self, channels: int) -> None:
        self._waiting: NDArray[np.float32] = np.zeros((channels, 0), np.float32)
        self._done: NDArray[np.float32] = np.zeros((channels, 0), np.float32)

    def cut(self, sound: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        whole = np.concatenate((self._waiting, sound), axis=1)
        end = whole.shape[1] // FRAME * FRAME
        self._waiting = whole[:, end:]
        return [np.ascontiguousarray(whole[:, at : at + FRAME]) for at in range(0, end, FRAME)]

    def joined(self, frames: list[NDArray[np.float32]], count: int) -> NDArray[np.float32]:
        """The next `count` samples."""
        done = np.concatenate((self._done, *frames), axis=1)
        if done.shape[1] < count:
            done = np.concatenate((np.zeros((done.shape[0], FRAME), np.float32), done), axis=1)
        self._done = done[:, count:]
        return done[:, :count]


class NoiseSuppression:
    """Takes noise out of speech, and speech out of nothing."""

    def __init__(self) -> None:
        self._channels: list[Suppressor] = []
        self._strength: float | None = None

    def start(self, context: Context) -> None:
        file = binding()
        if file is None:
            raise ModuleNotFoundError("pyrnnoise is not installed any more.")
        self._rnnoise = _load(file)

    def stop(self) -> None:
        for channel in self._channels:
            channel.close()
        self._channels = []

    def __call__(
        self,
        samples: Samples,
        strength: int = Param(100, 0, 100, step=5, unit="%"),
    ) -> Samples:
        channels, count = samples.shape
        if len(self._channels) != channels:
            self.stop()
            self._channels = [Suppressor(self._rnnoise) for _ in range(channels)]
            self._frames = Frames(channels)
            self._dry = DelayLine(channels, 1.0)
        frames = self._frames.cut(samples.astype(np.float32))
        cleaned = [self._cleaned(frame, strength / 100) for frame in frames]
        return saturated(self._frames.joined(cleaned, count))

    def _cleaned(self, frame: NDArray[np.float32], strength: float) -> NDArray[np.float32]:
        """The frame that is due now, which came LAG before."""
        self._dry.push(frame)
        for row, channel in zip(frame, self._channels, strict=True):
            channel.clean(row)
        before = strength if self._strength is None else self._strength
        self._strength = strength
        if before == strength == 1.0:
            return frame
        share = glide(before, strength, FRAME)
        dry = self._dry.heard(LAG + FRAME, FRAME)
        mixed: NDArray[np.float32] = frame * share + dry * (1 - share)
        return mixed


def _load(file: Path) -> ModuleType:
    spec = spec_from_file_location("rooms.filters.builtin._rnnoise", file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if binding() is not None:
    _declare = audio_filter(
        "Noise suppression", description="Takes fans, keys and hiss out of speech."
    )
    _declare(NoiseSuppression)
