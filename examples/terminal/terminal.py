"""Letters as an old terminal shows them: the brighter the picture, the fuller the letter."""

from functools import lru_cache

import cv2
import numpy as np

from rooms.filters import Colour, Image, Param, video_filter

ALPHABETS = {
    "letters": " .:-=+*cozHKWM#@",
    "digits": " 1720346958",
    "blocks": " .oO0#",
}


@lru_cache(maxsize=2)
def glyphs(alphabet: str, width: int, height: int) -> Image:
    """256 small pictures, from empty to full: uint8 (256, height, width)."""
    letters = ALPHABETS[alphabet]
    drawn = []
    for letter in letters:
        cell = np.zeros((64, 40), np.uint8)
        cv2.putText(cell, letter, (2, 46), cv2.FONT_HERSHEY_SIMPLEX, 1.5, 255, 4, cv2.LINE_AA)
        drawn.append(cv2.resize(cell, (width, height), interpolation=cv2.INTER_AREA))
    fullness = np.argsort([cell.mean() for cell in drawn])
    by_brightness = fullness[np.arange(256) * len(letters) // 256]
    return np.stack(drawn)[by_brightness]


@video_filter("Terminal", description="Letters on a screen of long ago.")
def letters(
    image: Image,
    columns: int = Param(80, 30, 160),
    alphabet: str = Param.choice("letters", {name: name.capitalize() for name in ALPHABETS}),
    glow: Colour = Param.colour("#5cff7a", title="Colour"),
    contrast: float = Param(1.4, 0.5, 3, step=0.1),
) -> Image:
    height, width = image.shape[:2]
    cell_width = max(3, width // columns)
    cell_height = cell_width * 8 // 5
    rows, columns = -(-height // cell_height), -(-width // cell_width)  # the last ones are cut
    gray = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    coarse = cv2.resize(gray, (columns, rows), interpolation=cv2.INTER_AREA)
    coarse = cv2.convertScaleAbs(coarse, alpha=contrast, beta=128 * (1 - contrast) * 0.6)
    cells = glyphs(alphabet, cell_width, cell_height)[coarse]  # (rows, columns, height, width)
    page = cells.swapaxes(1, 2).reshape(rows * cell_height, columns * cell_width)
    shades = (np.arange(256)[:, np.newaxis] * np.array(glow) / 255).astype(np.uint8)
    return cv2.applyColorMap(np.ascontiguousarray(page[:height, :width]), shades.reshape(256, 1, 3))
