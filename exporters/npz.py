"""Plain arrays for anyone with numpy. Format: ``docs/formats/npz.md``."""

import io
import zipfile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.take import Take
from exporters.options import Options


def npz(take: Take, options: Options) -> bytes:
    """``values [frames, channels]``, ``channels``, ``fps`` and ``times`` in seconds; no pickles.

    Loses the direction, the emotion, the words and phones, and the channels' ranges and units.
    """
    motion = take.motion
    arrays: dict[str, NDArray[Any]] = {
        "values": motion.values,
        "channels": np.array(motion.rig.names),
        "fps": np.array(float(motion.rate)),
        "times": motion.times,
    }
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for name, array in arrays.items():
            # numpy.savez stamps the time of day; equal takes shall give equal bytes.
            entry = zipfile.ZipInfo(f"{name}.npy")
            entry.compress_type = zipfile.ZIP_DEFLATED
            content = io.BytesIO()
            np.save(content, array, allow_pickle=False)
            file.writestr(entry, content.getvalue())
    return archive.getvalue()
