"""A filter that does, when told, what no filter should."""

BAD_FILTER = """
import os, time
import numpy as np
from rooms.filters import Param, video_filter

KINDS = {kind: kind for kind in ("none", "raise", "sleep", "loop", "hoard", "abort")}

@video_filter("Bad", format="gray")
def bad(image, kind: str = Param.choice("none", KINDS)):
    match kind:
        case "raise":
            raise ValueError("no such colour")
        case "sleep":
            time.sleep(1)
        case "loop":
            while True:
                pass
        case "hoard":
            return np.ones(8 << 30, np.uint8)
        case "abort":
            os.abort()
    return 255 - image
"""

KINDS = ("raise", "sleep", "loop", "hoard", "abort")
