"""Small files in forms that weights come in beside the usual ones, written by h5py and PyTorch.

    python3 -m venv /tmp/variants && /tmp/variants/bin/pip install h5py==3.16.0 numpy==2.4.6 torch==2.15.0
    /tmp/variants/bin/python Tests/Golden/generators/weight_variants.py

writes

    ../keras/top_level.h5              weights that belong to a model itself, an array that nothing lists, an optimizer's state
    ../keras/enumerations.h5           truth values and other enumerations, a text and a record among the weights
    ../keras/keras0.h5                 the form before Keras 1, which counts layers and weights: nb_layers, param_0
    ../keras/absolute_paths.h5         layers and weights whose names begin with a slash
    ../keras/subclassed.weights.h5     Keras 3: layers that are attributes, lists of layers, a model that is an attribute
    ../pytorch/objects.pth             objects of many classes beside and among the tensors, and an array of NumPy
    ../pytorch/only_objects.pth        objects and no tensor

Tensor n of a file is filled with n.
"""
import argparse
import functools
import pathlib
import sys
import types

import h5py
import numpy as np
import torch

FOLDER = pathlib.Path(__file__).resolve().parent.parent
count = 0


def filled(*shape):
    global count
    count += 1
    return np.full(shape, count - 1, np.float32)


def h5(name):
    global count
    count = 0
    return h5py.File(FOLDER / "keras" / name, "w", libver="earliest")


def names(*texts):
    return np.array([text.encode() for text in texts]) if texts else np.array([], "S1")


def layer(group, name, **weights):
    layer = group.create_group(name)
    layer.attrs["weight_names"] = names(*weights)
    for weight, value in weights.items():
        layer[weight] = value
    return layer


with h5("top_level.h5") as file:
    model = file.create_group("model_weights")
    model.attrs["layer_names"], model.attrs["backend"], model.attrs["keras_version"] = names("dense", "empty"), b"tensorflow", b"2.9.0"
    dense = layer(model, "dense", **{"net/dense/kernel:0": filled(2, 3), "net/dense/bias:0": filled(3)})
    layer(model, "empty")
    layer(model, "top_level_model_weights", **{"class_token:0": filled(1, 1, 3), "scale:0": filled()})
    dense["forgotten"] = np.zeros(4, np.float32)
    for slot in ["dense/kernel/m", "dense/kernel/v"]:
        file[f"optimizer_weights/{slot}"] = np.zeros((2, 3), np.float32)

with h5("enumerations.h5") as file:
    file.attrs["layer_names"], file.attrs["keras_version"], file.attrs["backend"] = names("wrapped"), b"2.2.4-tf", b"tensorflow"
    colours = h5py.enum_dtype({"RED": -3, "GREEN": 70000, "BLUE": 2}, basetype="<i4")
    large = h5py.enum_dtype({"A": 1, "B": 1 << 40}, basetype=">i8")
    small = h5py.enum_dtype({"FALSE": 0, "TRUE": 1}, basetype="u2")
    layer(
        file, "wrapped",
        **{
            "initialized:0": np.bool_(True), "mask:0": np.array([[True, False, True]]),
            "colours:0": np.array([70000, -3, 2], colours), "large:0": np.array([1 << 40, 1], large),
            "small:0": np.array([1, 0], small), "vocabulary:0": np.array([b"cat", b"dog"]),
            "words:0": np.array(["Katze", "Hündin"], h5py.string_dtype()),
            "complex:0": np.array([1 + 2j], "c8"), "kernel:0": np.full((3, 3), 7, np.float32),
        })

with h5("keras0.h5") as file:
    file.attrs["nb_layers"] = 3
    for number, weights in enumerate([[filled(5, 2, 3, 3), filled(5)], [], [filled(20, 4), filled(4)]]):
        group = file.create_group(f"layer_{number}")
        group.attrs["nb_params"] = len(weights)
        for place, value in enumerate(weights):
            group[f"param_{place}"] = value

with h5("absolute_paths.h5") as file:
    model = file.create_group("model_weights")
    model.attrs["layer_names"], model.attrs["backend"] = names("/outside", "inside", "elsewhere"), b"tensorflow"
    model.attrs["keras_version"] = b"2.4.0"
    layer(model, "/outside", **{"kernel:0": filled(2)})
    layer(model, "inside", **{"inside/kernel:0": filled(2), "/shared/scale:0": filled(1)})
    layer(file, "elsewhere", **{"kernel:0": filled(3)})

with h5("subclassed.weights.h5") as file:
    def variables(path, name, *shapes):
        group = file.create_group(f"{path}/vars" if path else "vars")
        if name:
            group.attrs["name"] = name
        for number, shape in enumerate(shapes):
            group[str(number)] = filled(*shape)

    # As Keras 3.15 lays out a model that is a class of its own; the names are made up, and count on in a session.
    variables("", "fusion", (4,))
    variables("blocks/dense", "dense_6", (2, 2))
    variables("blocks/dense_1", "dense_7", (2, 2))
    variables("encoder", "vgg16")
    variables("encoder/layers/conv2d", "block1_conv1", (3, 3, 3, 2), (2,))
    variables("encoder/layers/conv2d_1", "conv2d_9", (3, 3, 2, 2), (2,))
    variables("fuse", "conv2d_5", (1, 1, 2, 2), (2,))
    variables("optimizer", "adam", (1,))
    file["fuse/seed_generator/vars/0"] = np.zeros(2, np.uint32)


class Module(types.ModuleType):
    """A module that makes up classes, so that files name what is not installed."""


def made_up(path, *bases, **members):
    module, name = path.rsplit(".", 1)
    for end in range(1, module.count(".") + 2):
        part = ".".join(module.split(".")[:end])
        sys.modules.setdefault(part, Module(part))
    made = type(name, bases or (object,), {"__module__": module, **members})
    setattr(sys.modules[module], name, made)
    return made


Buffer = made_up("mmengine.logging.history_buffer.HistoryBuffer")
Attributes = made_up("pytorch_lightning.utilities.parsing.AttributeDict", dict)
Version = torch.torch_version.TorchVersion
buffer = Buffer()
buffer.history, buffer.mean = np.arange(3.0), buffer.__init__
state = torch.nn.Sequential(torch.nn.Conv2d(2, 3, 1), torch.nn.BatchNorm2d(3)).state_dict()
for number, tensor in enumerate(state.values()):
    tensor.fill_(number)
state["0.extra"] = Buffer()
state["anchors"] = np.ones(2)
torch.save(
    {
        "state_dict": state, "args": argparse.Namespace(lr=0.1, out=pathlib.PurePosixPath("/tmp/out")), "version": Version("2.1.0"),
        "log": {"loss": buffer, "time": Buffer()}, "hyper_parameters": Attributes(width=3), "path": pathlib.PurePosixPath("a"),
        "loader": functools.partial(max, 1), "classes": frozenset(["cat"]), "best": torch.tensor(0.5),
        "optimizer": {"state": {0: {"exp_avg": torch.zeros(2)}}},
    }, FOLDER / "pytorch" / "objects.pth")
torch.save({"args": argparse.Namespace(lr=0.1)}, FOLDER / "pytorch" / "only_objects.pth")
