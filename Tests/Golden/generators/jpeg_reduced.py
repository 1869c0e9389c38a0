"""Writes what Pillow makes of the JPEG files in Tests/Golden/images at a half, a quarter and an eighth of their size,
into Tests/Golden/jpeg_reduced.npz.

Run from the package folder: python3 Tests/Golden/generators/jpeg_reduced.py
Needs Pillow built with libjpeg-turbo, and NumPy.
"""

import pathlib

import numpy as np
from PIL import Image

golden = pathlib.Path(__file__).resolve().parent.parent
arrays = {}
for name in ("baseline_444.jpg", "progressive.jpg", "grey.jpg"):
    for divisor in (2, 4, 8):
        picture = Image.open(golden / "images" / name)
        picture.draft(picture.mode, (picture.width // divisor, picture.height // divisor))
        pixels = np.asarray(picture)
        arrays[f"{name}/{divisor}"] = pixels
np.savez_compressed(golden / "jpeg_reduced.npz", **arrays)
