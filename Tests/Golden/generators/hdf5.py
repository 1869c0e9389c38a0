"""Keras weight files in HDF5, and what h5py reads from them.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install h5py==3.14.0 numpy
    /tmp/venv/bin/python Tests/Golden/generators/hdf5.py SHARED/golden

copies the smaller Keras files of SHARED/golden, and the broken ones, and writes

    ../keras/variants.h5     what the format allows and Keras files may have: types, byte orders, old message versions
    ../keras/expected.json   for each file (the larger ones of SHARED/golden, too) the tensors in the order of the
                             model: name, shape, and the first 16 digits of the SHA-256 digest of their bytes as
                             little-endian float32
    ../broken/*.h5           a header that continues in itself, a path through one group a thousand times, one layer
                             under two names, and one text that hundreds of references repeat
"""
import hashlib
import json
import pathlib
import shutil
import struct
import sys

import h5py
import numpy as np

SOURCE = pathlib.Path(sys.argv[1])
GOLDEN = pathlib.Path(__file__).resolve().parent.parent
KERAS, BROKEN = GOLDEN / "keras", GOLDEN / "broken"
COPIED = [
    "vgg16_narrow_keras_notop.h5", "vgg16_narrow_keras1_notop.h5", "cnn_batch_norm.h5", "cnn_batch_norm_keras2.h5",
]
DESCRIBED = [
    "vgg16_narrow_keras.h5", "vgg19_narrow_keras.h5", "vgg19_narrow_keras_notop.h5", "resnet50_keras_narrow.h5",
    "resnet50_keras_narrow_old.h5", "resnet50_keras1_narrow_old_notop.h5",
]


def texts(attributes, name):
    if name in attributes:
        value = attributes[name]
        values = [value] if isinstance(value, (str, bytes)) else ([] if isinstance(value, h5py.Empty) else list(value))
        return [v.decode() if isinstance(v, bytes) else v for v in values]
    result, piece = None, 0
    while f"{name}{piece}" in attributes:
        result = (result or []) + texts(attributes, f"{name}{piece}")
        piece += 1
    return result


def describe(path):
    with h5py.File(path, "r") as file:
        model = file if texts(file.attrs, "layer_names") is not None else file["model_weights"]
        metadata = {k: texts(model.attrs, k)[0] for k in ("backend", "keras_version") if k in model.attrs}
        tensors = []
        for layer in texts(model.attrs, "layer_names"):
            for weight in texts(model[layer].attrs, "weight_names"):
                values = np.ascontiguousarray(model[layer][weight][()], dtype="<f4")
                tensors.append({
                    "name": f"{layer}/{weight}",
                    "shape": list(model[layer][weight].shape),
                    "sha256": hashlib.sha256(values.tobytes()).hexdigest()[:16],
                })
        return {"metadata": metadata, "tensors": tensors}


# ------------------------------------------------------------------------------------------------------------ variants


def compact(group, name, values):
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_layout(h5py.h5d.COMPACT)
    properties.set_obj_track_times(False)
    kind = h5py.h5t.py_create(values.dtype)
    data = h5py.h5d.create(group.id, name.encode(), kind, h5py.h5s.create_simple(values.shape), properties)
    data.write(h5py.h5s.ALL, h5py.h5s.ALL, values)


def write_variants(path):
    random = np.random.default_rng(7)
    values = random.standard_normal((2, 3, 4, 5)).astype(np.float32)
    with h5py.File(path, "w", libver=("earliest", "v108")) as file:
        layers = ["types", "utf8", "one", "none", "nothing", "shapes", "old", "linked", "many"]
        for piece, part in enumerate(np.array_split(np.array([n.encode() for n in layers]), 3)):
            file.attrs[f"layer_names{piece}"] = part
        file.attrs["backend"], file.attrs["keras_version"] = "tensorflow", np.bytes_("2.1.6")

        group = file.create_group("types")
        kinds = ["<f4", ">f4", "<f8", ">f8", "<f2", ">f2", "i1", "u1", "<i2", ">u2", "<i4", ">i4", "<u4", ">i8", "<u8"]
        for kind in kinds:
            data = values * 50 if np.dtype(kind).kind == "i" else np.abs(values * 50) if np.dtype(kind).kind == "u" else values
            group.create_dataset(f"deep/{kind}", data=data.astype(kind))
        # Half precision: zero, subnormal numbers, the largest one, infinities and a quiet NaN.
        halves = np.array([0, 0x8000, 1, 0x3ff, 0x400, 0x7bff, 0x7c00, 0xfc00, 0x7e00], "<u2").view("<f2")
        group.create_dataset("halves", data=halves)
        group.attrs["weight_names"] = np.array([f"deep/{k}".encode() for k in kinds] + [b"halves"])

        group = file.create_group("utf8")
        group.create_dataset("größe/kernel:0", data=values)
        group.attrs.create("weight_names", ["größe/kernel:0"], dtype=h5py.string_dtype("utf-8"))

        group = file.create_group("one")
        group.create_dataset("kernel", data=values[0])
        group.attrs["weight_names"] = "kernel"

        file.create_group("none").attrs["weight_names"] = np.zeros(0)
        file.create_group("nothing").attrs["weight_names"] = h5py.Empty("S1")

        group = file.create_group("shapes")
        group.create_dataset("scalar", data=np.float32(0.1))
        group.create_dataset("empty", data=np.zeros((0, 3), np.float32))
        compact(group, "compact", values[0])
        compact(group, "compact_big_endian", values.astype(">f4"))
        group.attrs["weight_names"] = np.array([b"scalar", b"empty", b"compact", b"compact_big_endian"])

        group = file.create_group("old")
        group.create_dataset("layout", data=values[0, 0, 0])
        group.attrs["weight_names"] = np.array([b"layout"])

        properties = h5py.h5p.create(h5py.h5p.GROUP_CREATE)
        properties.set_link_creation_order(h5py.h5p.CRT_ORDER_TRACKED)
        group = h5py.Group(h5py.h5g.create(file.id, b"linked", gcpl=properties))
        group.create_dataset("kernel", data=values[1])
        group.create_dataset("b" * 300, data=values[1, 1])
        group.attrs["weight_names"] = np.array([b"kernel", b"b" * 300])

        # More than one level of a group's tree holds.
        group = file.create_group("many")
        names = [f"b{i}" for i in range(300)]
        for i, name in enumerate(names):
            compact(group, name, np.float32([i, -i]))
        group.attrs["weight_names"] = np.array([n.encode() for n in names])


def messages(data, address):
    """Type, offset and size of the messages in the first block of an object header."""
    at, end = address + 16, address + 16 + struct.unpack_from("<I", data, address + 8)[0]
    while end - at >= 8:
        kind, size = struct.unpack_from("<HH", data, at)
        yield kind, at + 8, size
        at += 8 + size
        if kind == 0x10:
            target, count = struct.unpack_from("<QQ", data, at - size)
            # Only for files whose headers continue once.
            at, end = target, target + count


def header(path, name):
    with h5py.File(path, "r") as file:
        return h5py.h5g.get_objinfo(file[name].id).objno[0]


def age(path):
    """Writes one layout message as version 1, one attribute as version 2, and the superblock as version 1, all of which
    today's library reads and does not write."""
    data = bytearray(path.read_bytes())
    for kind, at, size in messages(data, header(path, "old/layout")):
        if kind == 8:
            assert data[at:at + 2] == b"\x03\x01"
            place, count = struct.unpack_from("<QQ", data, at + 2)
            data[at:at + size] = struct.pack("<BBB5xQI", 1, 1, 1, place, count // 4).ljust(size, b"\0")
    for kind, at, size in messages(data, header(path, "old")):
        if kind == 12:
            version, names, types, spaces = struct.unpack_from("<BxHHH", data, at)
            assert version == 1
            pad = lambda n: (n + 7) // 8 * 8
            a = at + 8
            b, c = a + pad(names), a + pad(names) + pad(types)
            rank = data[c + 1]
            space = bytes([2, rank, 0, 1]) + data[c + 8:c + 8 + 8 * rank]
            rest = data[c + pad(spaces):at + size]
            new = struct.pack("<BBHHH", 2, 0, names, types, len(space)) + data[a:a + names] + data[b:b + types] + space + rest
            data[at:at + size] = new[:size].ljust(size, b"\0")
    # The superblock grows by four bytes into the header of the root group, which moves to the end.
    root = struct.unpack_from("<Q", data, 64)[0]
    assert data[8] == 0 and root == 96
    data[8] = 1
    place = len(data)
    data += data[root:root + 16 + struct.unpack_from("<I", data, root + 8)[0]]
    data[24:100] = struct.pack("<HxxQQQQQQ", 32, 0, 2**64 - 1, len(data), 2**64 - 1, 0, place) + data[72:96]
    path.write_bytes(data)


# -------------------------------------------------------------------------------------------------------------- broken


def write_broken():
    path = BROKEN / "header_continues_in_itself.h5"
    with h5py.File(path, "w", libver=("earliest", "v108")) as file:
        for i in range(40):
            file.attrs[f"attribute_{i}"] = i
    data = bytearray(path.read_bytes())
    address = struct.unpack_from("<Q", data, 64)[0]
    first = struct.unpack_from("<I", data, address + 8)[0]
    at = next(at for kind, at, _ in messages(data, address) if kind == 0x10)
    struct.pack_into("<QQ", data, at, address + 16, first)
    path.write_bytes(data)

    path = BROKEN / "layer_with_two_names.h5"
    with h5py.File(path, "w", libver=("earliest", "v108")) as file:
        file.attrs["layer_names"] = np.array([b"a", b"b"])
        file.create_group("a").create_dataset("kernel:0", data=np.float32([1, 2, 3]))
        file["a"].attrs["weight_names"] = np.array([b"kernel:0"])
        file["b"] = file["a"]

    with h5py.File(BROKEN / "path_through_itself.h5", "w", libver=("earliest", "v108")) as file:
        file.attrs["layer_names"] = np.array([b"a"])
        group = file.create_group("a")
        group["x"] = group
        group["b"] = np.float32(1)
        group.attrs["weight_names"] = np.array([b"x/" * 1000 + b"b"])

    path = BROKEN / "text_repeated_by_references.h5"
    with h5py.File(path, "w", libver=("earliest", "v108")) as file:
        file.attrs.create("layer_names", ["x" * 20000] + ["y"] * 400, dtype=h5py.string_dtype("ascii"))
    data = bytearray(path.read_bytes())
    at = data.find(struct.pack("<I", 20000))
    reference = data[at:at + 16]
    data[at:at + 16 * 401] = reference * 401
    path.write_bytes(data)


KERAS.mkdir(exist_ok=True)
BROKEN.mkdir(exist_ok=True)
for name in COPIED + ["cnn_batch_norm.weights.h5"]:
    shutil.copyfile(SOURCE / name, KERAS / name)
for path in [*(SOURCE / "broken").glob("*.h5"), *(SOURCE / "broken").glob("*.keras")]:
    shutil.copyfile(path, BROKEN / path.name)
variants = KERAS / "variants.h5"
write_variants(variants)
before = describe(variants)
age(variants)
# The library reads the old versions, and the same from them.
assert describe(variants) == before
write_broken()
files = {path.name: describe(path) for path in [SOURCE / n for n in COPIED + DESCRIBED] + [variants]}
lines = [f"{json.dumps(name)}: {json.dumps(content, ensure_ascii=False)}" for name, content in sorted(files.items())]
(KERAS / "expected.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
print(sum(p.stat().st_size for p in list(KERAS.iterdir()) + list(BROKEN.glob("*.h5"))), "bytes")
