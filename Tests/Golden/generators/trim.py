"""Removes from decoder_training.npz, as decoder_training.py writes it, the maps of logits that no test reads: they are
most of the file, and everyone who depends on the package clones it.

Run from the package folder: python3 Tests/Golden/generators/trim.py
"""

import pathlib

import numpy as np

from common import save_npz

file = pathlib.Path(__file__).resolve().parent.parent / "decoder_training.npz"
with np.load(file) as arrays:
    kept = {name: arrays[name] for name in arrays.files if not name.endswith("_logits_sample0")}
save_npz(file, kept)
