"""Removes what no test reads, for everyone who depends on the package clones it: from decoder_training.npz, as
decoder_training.py writes it, the maps of logits, which are most of the file; from keras/cnn_batch_norm.npz, as
cnn_batch_norm.py writes it, the weights, which the files beside it hold.

Run from the package folder: python3 Tests/Golden/generators/trim.py
"""

import pathlib

import numpy as np

from common import save_npz

golden = pathlib.Path(__file__).resolve().parent.parent


def trim(name, is_needless):
    file = golden / name
    with np.load(file) as arrays:
        kept = {key: arrays[key] for key in arrays.files if not is_needless(key)}
    save_npz(file, kept)


trim("decoder_training.npz", lambda key: key.endswith("_logits_sample0"))
trim("keras/cnn_batch_norm.npz", lambda key: key.startswith("weights/"))
