"""Whether real Keras loads what Graft writes.

    python3 -m venv /tmp/keras && /tmp/keras/bin/pip install tensorflow-cpu==2.21.0 tf_keras==2.21.0 keras==3.15.1 h5py==3.14.0
    /tmp/keras/bin/python Tests/Golden/generators/keras_loads.py WEIGHTS.h5

WEIGHTS.h5 is `keras/cnn_batch_norm_keras2.h5`, read and written again by `KerasHDF5File.write`. Keras 2 and Keras 3 load it
by order and by name into fresh models, and the weights are compared with those that the original lists. The digest of the
file that passed stands in Tests/Weights/KerasWriteTests.swift.
"""
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"], os.environ["CUDA_VISIBLE_DEVICES"] = "3", ""
import hashlib
import pathlib
import sys

import h5py
import keras
import numpy as np
import tf_keras

ORIGINAL = pathlib.Path(__file__).resolve().parent.parent / "keras" / "cnn_batch_norm_keras2.h5"


def build(module):
    layers = module.layers
    x = image = module.Input((12, 12, 3), name="image")
    x = layers.Conv2D(6, 3, padding="same", use_bias=False, name="conv_a")(x)
    x = layers.BatchNormalization(name="norm_a")(x)
    x = layers.Conv2D(8, 3, strides=2, padding="same", name="conv_b")(x)
    x = layers.BatchNormalization(scale=False, name="norm_b")(x)
    x = layers.DepthwiseConv2D(3, padding="same", name="depthwise")(x)
    x = layers.Conv2DTranspose(4, 4, strides=2, padding="same", name="up")(x)
    x = layers.GlobalAveragePooling2D(name="average")(x)
    x = layers.Dense(5, name="dense_a")(x)
    return module.Model(image, layers.Dense(3, name="predictions")(x))


with h5py.File(ORIGINAL) as file:
    expected = {
        layer: [group[w][()] for w in group.attrs["weight_names"]] for layer, group in file["model_weights"].items()
        if "weight_names" in group.attrs
    }
for module in (tf_keras, keras):
    for by_name in (False, True):
        model = build(module)
        model.load_weights(sys.argv[1], by_name=by_name)
        count = 0
        for layer in model.layers:
            for ours, theirs in zip(layer.get_weights(), expected[layer.name], strict=True):
                assert np.array_equal(ours, theirs), layer.name
                count += 1
        print(module.__name__, module.__version__, "by name" if by_name else "by order", count, "weights equal")
print(hashlib.sha256(pathlib.Path(sys.argv[1]).read_bytes()).hexdigest())
