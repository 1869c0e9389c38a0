"""Caffe's binary files, written by Google's protobuf library from the part of caffe.proto that they need.

  v1.caffemodel        NetParameter.layers with older shapes: four axes, filled up with ones in front; gradients; an unknown field
  shapes.caffemodel    NetParameter.layer with BlobShape; float64 numbers; a shape without axes
  mixed.caffemodel     both kinds of layers; numbers without packing, packed in two pieces, and packed shapes beside unpacked ones
  mean.binaryproto     an average picture of 1x3x6x4
  expected.npz         the numbers, by file and layer/index

Usage: python caffe.py ../caffe
"""
import os
import sys

import numpy as np
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

D = descriptor_pb2.FieldDescriptorProto
OPTIONAL, REPEATED = D.LABEL_OPTIONAL, D.LABEL_REPEATED


def schema(packed):
    """The messages' classes; `packed` decides about numbers and lengths."""
    file = descriptor_pb2.FileDescriptorProto(name=f"caffe_{packed}.proto", package=f"caffe_{packed}", syntax="proto2")

    def message(name, *fields):
        own = file.message_type.add(name=name)
        for field, number, kind, label in fields:
            is_message = isinstance(kind, str)
            added = own.field.add(name=field, number=number, label=label, type=D.TYPE_MESSAGE if is_message else kind)
            if is_message:
                added.type_name = f".caffe_{packed}.{kind}"
            elif label == REPEATED and kind in (D.TYPE_FLOAT, D.TYPE_DOUBLE, D.TYPE_INT64):
                added.options.packed = packed

    message("BlobShape", ("dim", 1, D.TYPE_INT64, REPEATED))
    message(
        "BlobProto", ("num", 1, D.TYPE_INT32, OPTIONAL), ("channels", 2, D.TYPE_INT32, OPTIONAL), ("height", 3, D.TYPE_INT32, OPTIONAL),
        ("width", 4, D.TYPE_INT32, OPTIONAL), ("data", 5, D.TYPE_FLOAT, REPEATED), ("diff", 6, D.TYPE_FLOAT, REPEATED),
        ("shape", 7, "BlobShape", OPTIONAL), ("double_data", 8, D.TYPE_DOUBLE, REPEATED), ("double_diff", 9, D.TYPE_DOUBLE, REPEATED))
    message(
        "V1LayerParameter", ("bottom", 2, D.TYPE_STRING, REPEATED), ("top", 3, D.TYPE_STRING, REPEATED), ("name", 4, D.TYPE_STRING, OPTIONAL),
        ("type", 5, D.TYPE_INT32, OPTIONAL), ("blobs", 6, "BlobProto", REPEATED), ("blobs_lr", 7, D.TYPE_FLOAT, REPEATED),
        ("invented", 4000, D.TYPE_STRING, OPTIONAL))
    message(
        "LayerParameter", ("name", 1, D.TYPE_STRING, OPTIONAL), ("type", 2, D.TYPE_STRING, OPTIONAL), ("bottom", 3, D.TYPE_STRING, REPEATED),
        ("top", 4, D.TYPE_STRING, REPEATED), ("blobs", 7, "BlobProto", REPEATED), ("phase", 10, D.TYPE_INT32, OPTIONAL))
    message(
        "NetParameter", ("name", 1, D.TYPE_STRING, OPTIONAL), ("layers", 2, "V1LayerParameter", REPEATED), ("input", 3, D.TYPE_STRING, REPEATED),
        ("input_dim", 4, D.TYPE_INT32, REPEATED), ("layer", 100, "LayerParameter", REPEATED))
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {m.name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{file.package}.{m.name}")) for m in file.message_type}


PACKED, PLAIN = schema(True), schema(False)
rng = np.random.default_rng(13)
expected = {}


def random(*shape):
    return rng.standard_normal(shape).astype(np.float32)


def fill(blob, array, legacy=False, double=False):
    if legacy:
        blob.num, blob.channels, blob.height, blob.width = (1,) * (4 - array.ndim) + array.shape
    else:
        blob.shape.dim.extend(array.shape)
        blob.shape.SetInParent()
    (blob.double_data if double else blob.data).extend(array.ravel().tolist())
    blob.diff.extend([7.0] * (3 if legacy else 0))


def expect(file, layer, *arrays):
    for index, array in enumerate(arrays):
        expected[f"{file}/{layer}/{index}"] = array


def v1():
    net = PACKED["NetParameter"](name="old")
    net.input.append("data")
    net.input_dim.extend([1, 3, 8, 8])
    net.layers.add(name="data", type=5, top=["data"])
    for name, kind, *arrays in (
        ("conv1", 4, random(4, 3, 3, 3), random(4)),
        ("single", 4, random(1, 4, 1, 1), random(1)),
        ("fc", 14, random(5, 8), random(5)),
        ("logit", 14, random(1, 5), random(1)),
    ):
        layer = net.layers.add(name=name, type=kind, bottom=["data"], top=[name], blobs_lr=[1, 2], invented="unknown to all readers")
        for array in arrays:
            fill(layer.blobs.add(), array, legacy=True)
        expect("v1", name, *arrays)
    return net.SerializeToString()


def shapes():
    net = PACKED["NetParameter"](name="new")
    for name, kind, double, *arrays in (
        ("block/conv", "Convolution", False, random(1, 2, 3, 3), random(1)),
        ("norm", "BatchNorm", False, random(6), random(6) ** 2, np.float32([0.999])),
        ("exact", "InnerProduct", True, rng.standard_normal((3, 4)), rng.standard_normal(3)),
        ("scalar", "Parameter", False, random()),
    ):
        layer = net.layer.add(name=name, type=kind, phase=1)
        for array in arrays:
            fill(layer.blobs.add(), array, double=double)
        expect("shapes", name, *arrays)
    return net.SerializeToString()


def mixed():
    old, new = PLAIN["NetParameter"](name="both"), PLAIN["NetParameter"]()
    kernel, bias = random(2, 3, 1, 1), random(2)
    layer = old.layers.add(name="old", type=4)
    fill(layer.blobs.add(), kernel, legacy=True)
    fill(layer.blobs.add(), bias, legacy=True)
    expect("mixed", "old", kernel, bias)
    # A file that Caffe's upgrade_net_proto_binary made has new layers with older shapes.
    weight, bias = random(4, 6), rng.standard_normal(4)
    layer = new.layer.add(name="new", type="InnerProduct")
    fill(layer.blobs.add(), weight, legacy=True)
    fill(layer.blobs.add(), bias, double=True)
    expect("mixed", "new", weight, bias)
    # Messages that follow each other are one: this layer's numbers come in two pieces.
    first, second = PACKED["BlobProto"](), PLAIN["BlobProto"]()
    pieces = random(2, 5)
    first.shape.dim.extend([2])
    first.data.extend(pieces[0].tolist())
    second.shape.dim.extend([5])
    second.data.extend(pieces[1].tolist())
    third = PACKED["BlobProto"]()
    joined = first.SerializeToString() + second.SerializeToString() + third.SerializeToString()
    blob = bytes([7 << 3 | 2, len(joined)]) + joined
    name = b"\x0a\x06pieces"
    layer = name + blob
    expect("mixed", "pieces", pieces)
    return old.SerializeToString() + new.SerializeToString() + bytes([0xa2, 6, len(layer)]) + layer


def mean():
    picture = (rng.random((1, 3, 6, 4)) * 255).astype(np.float32)
    blob = PACKED["BlobProto"]()
    fill(blob, picture, legacy=True)
    expected["mean"] = picture
    return blob.SerializeToString()


if __name__ == "__main__":
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    for name, make in (("v1.caffemodel", v1), ("shapes.caffemodel", shapes), ("mixed.caffemodel", mixed), ("mean.binaryproto", mean)):
        with open(os.path.join(folder, name), "wb") as out:
            out.write(make())
    np.savez_compressed(os.path.join(folder, "expected.npz"), **expected)
