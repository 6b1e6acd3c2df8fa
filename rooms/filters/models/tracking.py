"""Faces from picture to picture: steady, and for a while also where the net loses them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from rooms.filters.models.faces import OVERLAP, Face, FaceDetector, Points, Square

if TYPE_CHECKING:
    from rooms.filters.formats import Image

MAX_FACES: Final = 4
SURE: Final = 0.7
"""A score that patterns on walls and clothes do not reach."""
CLOSE: Final = 2.2
"""Side of the square looked at again around a known face, in widths of it."""
WIDEST: Final = 900
"""A larger picture is halved before: the net sees 128 pixels anyway."""
SMALL: Final = 0.6
"""Side of a small part, in shorter sides of the picture: a face of its eighth is found."""
CALM, HASTE = 0.3, 14.0
"""Share of what is new in a face that stands still, and how it grows with the way it moved, counted
in widths of the face."""


@dataclass(frozen=True, slots=True)
class Track:
    """One face over time; `missed` counts the pictures since it was last seen."""

    face: Face
    missed: int = 0


class FaceTracker:
    """The faces of one stream.

    A known face is looked for in a square around it, where the net sees it large. Who is new is
    looked for in one part of the picture at a time: by turns in large ones and in small ones, where
    a small face is large enough. In the first picture all are looked at.
    """

    def __init__(self, *, patience: int, least: float = SURE) -> None:
        """Begin with nobody.

        Args:
            patience: pictures for which a face stays where it was last seen.
            least: score from which somebody new is taken for a face; what is known needs less.
        """
        self._detector = FaceDetector()
        self._patience = patience
        self._least = least
        self._tracks: list[Track] = []
        self._shape: tuple[int, ...] = ()
        self._turn = 0

    def track(self, image: Image) -> list[Face]:
        """The faces in the next BGR picture, in its pixels, the first seen first.

        A score is the best that this face had, so that who turns away is as sure a face as before.
        """
        fresh = image.shape != self._shape
        if fresh:
            self._shape, self._tracks, self._turn = image.shape, [], 0
        shrink = 1
        while image.shape[1] / shrink > WIDEST:
            shrink *= 2
        if shrink > 1:
            size = (image.shape[1] // shrink, image.shape[0] // shrink)
            image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
        self._tracks = _apart([self._followed(image, track) for track in self._tracks])
        self._tracks = [track for track in self._tracks if track.missed <= self._patience]
        self._greet(image, everywhere=fresh)
        return [Face(track.face.points * shrink, track.face.score) for track in self._tracks]

    def _followed(self, image: Image, track: Track) -> Track:
        side = float(max(track.face.size)) * CLOSE
        left, top = track.face.centre - side / 2
        found = self._detector.find(image, Square(float(left), float(top), side))
        found = [face for face in found if face.overlap(track.face) > 0]
        if not found:
            return replace(track, missed=track.missed + 1)
        nearest = max(found, key=track.face.overlap)
        return Track(_steadied(track.face, nearest))

    def _greet(self, image: Image, *, everywhere: bool) -> None:
        large, small = _parts(image)
        self._turn += 1
        turn, which = divmod(self._turn, 2)
        chosen = large[turn % len(large)] if which else small[turn % len(small)]
        for part in [*large, *small] if everywhere else [chosen]:
            for face in self._detector.find(image, part):
                known = any(face.overlap(track.face) > OVERLAP for track in self._tracks)
                if face.score >= self._least and not known and len(self._tracks) < MAX_FACES:
                    self._tracks.append(Track(face))


def _parts(image: Image) -> tuple[list[Square], list[Square]]:
    """Where to look for faces that fill a good part of the picture, and for small ones."""
    height, width = image.shape[:2]
    long, short = max(width, height), min(width, height)
    whole = Square((width - long) / 2, (height - long) / 2, long)
    large = [whole]
    if long > short * 1.2:
        large += _grid(width, height, short)
    return large, _grid(width, height, short * SMALL)


def _grid(width: int, height: int, side: float) -> list[Square]:
    """Squares that cover a picture and overlap by a fourth, so that no face is cut by all."""
    across, down = (
        np.linspace(0, length - side, 1 + ceil((length - side) / (side * 0.75)))
        for length in (width, height)
    )
    return [Square(float(left), float(top), side) for top in down for left in across]


def _steadied(old: Face, new: Face) -> Face:
    change = new.points - old.points
    moved = float(np.abs(change).max()) / max(1.0, float(old.size[0]))
    share = min(1.0, CALM + HASTE * moved * moved)
    points: Points = old.points + change * share
    return Face(points, max(old.score, new.score))


def _apart(tracks: list[Track]) -> list[Track]:
    """Without those that came to follow the same face as an earlier one."""
    kept: list[Track] = []
    for track in tracks:
        if not any(track.face.overlap(other.face) > OVERLAP for other in kept):
            kept.append(track)
    return kept
