"""Small archives of real Keras, and what Theano's order makes of kernels by the rules of real Keras 2.

    python3 -m venv /tmp/keras && /tmp/keras/bin/pip install tensorflow-cpu==2.21.0 tf_keras==2.21.0 keras==3.15.1 h5py==3.14.0
    /tmp/keras/bin/python Tests/Golden/generators/keras_archives.py

writes

    ../keras/nested.keras          Keras 3: a model inside of a model, a normalization without gamma, a wrapped layer, an
                                   optimizer and metrics after one step
    ../keras/nested_keras2.keras   much the same by Keras 2, which does not name layers in the weights
    ../keras/bfloat16.keras        Keras 3 with the policy bfloat16
    ../keras/theano_keras1.h5      a convolution and the dense layer after its flattened image, channels first, mirrored
    ../keras/theano_keras2.h5      a convolution as Keras 2 saves it under Theano
    ../keras/theano.npz            what Keras 2 makes of the two

The archives are packed anew, deflated, because they are much smaller so.
"""
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"], os.environ["CUDA_VISIBLE_DEVICES"] = "3", ""
import json
import pathlib
import zipfile

import h5py
import keras
import numpy as np
import tf_keras

FOLDER = pathlib.Path(__file__).resolve().parent.parent / "keras"


def numbered(model):
    """The weights of a model, in its order, become 0, 1, 2 and so on, each in all its elements, with 0.25 added in the last."""
    values = []
    for number, weight in enumerate(model.weights):
        value = np.full(weight.shape, number, np.float32)
        value.reshape(-1)[-1] += 0.25
        values.append(value)
    model.set_weights(values)


def nested(module, is_3):
    layers = module.layers
    inner = module.Sequential(
        [layers.Input((4, 4, 1)), layers.Conv2D(1, 3, name="inner_conv"), layers.BatchNormalization(scale=False, name="inner_norm")],
        name="inner")
    x = image = layers.Input((4, 4, 1), name="image")
    x = inner(x)
    x = layers.Conv2D(2, 1, use_bias=False, name="conv")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(2, name="first")(layers.Dropout(0.5, name="dropout")(x))
    if is_3:
        x = layers.TimeDistributed(layers.Dense(1, name="wrapped"), name="wrapper")(layers.Reshape((2, 1), name="reshape")(x))
    x = layers.Dense(1, name="second")(x)
    model = module.Model(image, x, name="outer")
    if is_3:
        model.compile("sgd", "mse", metrics=["mae"])
        model.train_on_batch(np.zeros((1, 4, 4, 1)), np.zeros((1, 2, 1)))
    numbered(model)
    return model


def pack(path):
    """The same archive, deflated, with fixed times."""
    with zipfile.ZipFile(path) as archive:
        members = [(i.filename, archive.read(i.filename)) for i in archive.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            if name == "metadata.json":
                content = json.dumps(json.loads(content) | {"date_saved": "2024-06-01@00:00:00"})
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)


model = nested(keras, True)
model.save(FOLDER / "nested.keras")
pack(FOLDER / "nested.keras")
print("nested.keras", [w.path for w in model.weights])
model = nested(tf_keras, False)
model.save(FOLDER / "nested_keras2.keras", save_format="keras")
pack(FOLDER / "nested_keras2.keras")
print("nested_keras2.keras", [w.name for w in model.weights])
for module, name in ((keras, "nested.keras"), (tf_keras, "nested_keras2.keras")):
    module.models.load_model(FOLDER / name, compile=False)

keras.config.set_dtype_policy("bfloat16")
model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(2, name="dense")])
model.set_weights([np.arange(6).reshape(3, 2) / 3, np.float32([-1, 1e30])])
model.save(FOLDER / "bfloat16.keras")
pack(FOLDER / "bfloat16.keras")
print("bfloat16.keras", [np.asarray(w).astype(np.float32).tolist() for w in model.get_weights()])
keras.config.set_dtype_policy("float32")


def write(path, attributes, layers):
    with h5py.File(path, "w", libver=("v108", "v108")) as file:
        file.attrs.update(attributes)
        file.attrs["layer_names"] = np.array([name.encode() for name, _ in layers])
        for name, weights in layers:
            group = file.create_group(name)
            group.attrs["weight_names"] = np.array([n.encode() for n, _ in weights])
            for weight, value in weights:
                group[weight] = value


random = np.random.default_rng(4)
normal = lambda *shape: random.standard_normal(shape).astype(np.float32)
kernel, bias, dense, dense_bias = normal(5, 2, 3, 2), normal(5), normal(20, 3), normal(3)
write(FOLDER / "theano_keras1.h5", {}, [
    ("convolution2d_1", [("convolution2d_1_W", kernel), ("convolution2d_1_b", bias)]), ("flatten_1", []),
    ("dense_1", [("dense_1_W", dense), ("dense_1_b", dense_bias)])])
kernel2 = normal(3, 2, 2, 5)
write(FOLDER / "theano_keras2.h5", {"backend": np.bytes_("theano"), "keras_version": np.bytes_("2.0.8")}, [
    ("conv2d_1", [("conv2d_1/kernel", kernel2), ("conv2d_1/bias", bias)])])

# Keras 2's own loader puts the axes in order. Turning height and width around (2.1.6, utils/conv_utils.py, convert_kernel) is
# no longer in it, as Theano is not.
from tf_keras.src.saving.legacy.hdf5_format import preprocess_weights_for_loading
from tf_keras.src.utils.layer_utils import convert_dense_weights_data_format

convolution = tf_keras.layers.Conv2D(5, (3, 2), data_format="channels_first")
convolution.build((None, 2, 4, 3))
converted = preprocess_weights_for_loading(convolution, [kernel, bias], "1", "theano")[0][::-1, ::-1]
mirrored = kernel2[::-1, ::-1]
layer = tf_keras.layers.Dense(3)
layer.build((None, 20))
layer.set_weights([dense, dense_bias])
convert_dense_weights_data_format(layer, (2, 2, 5), target_data_format="channels_last")
np.savez(FOLDER / "theano.npz", stored=kernel, kernel=converted, dense=layer.get_weights()[0], kernel2=mirrored)
print("theano", converted.shape, mirrored.shape)
for path in sorted(FOLDER.glob("*theano*")) + sorted(FOLDER.glob("nested*")) + sorted(FOLDER.glob("bfloat*")):
    print(path.name, path.stat().st_size)
