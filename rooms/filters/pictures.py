"""Picture files as filters get them."""

from typing import Final

import cv2
import numpy as np

from rooms.errors import InvalidPicture
from rooms.filters.formats import Image

_TO_BGRA: Final = {1: cv2.COLOR_GRAY2BGRA, 3: cv2.COLOR_BGR2BGRA}


def decode_picture(data: bytes) -> Image:
    """BGRA (h, w, 4) of a PNG, JPEG, WebP or BMP file; what has no transparency is opaque.

    Raises:
        InvalidPicture: it cannot be decoded.
    """
    try:
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        decoded = None
    if decoded is None:
        raise InvalidPicture
    deep = decoded.dtype == np.uint16
    picture: Image = (decoded // 256 if deep else decoded).astype(np.uint8, copy=False)
    conversion = _TO_BGRA.get(1 if picture.ndim == 2 else picture.shape[2])
    if conversion is not None:
        picture = np.asarray(cv2.cvtColor(picture, conversion), np.uint8)
    return picture
