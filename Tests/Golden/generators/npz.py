"""Writes the NumPy files that Tests/Weights reads, into Tests/Golden/npz.

Run from the package folder: python3 Tests/Golden/generators/npz.py
Needs NumPy 1.17 or later. The same version writes the same bytes.
"""

import io
import pathlib
import pickle
import struct
import zipfile

import numpy as np

folder = pathlib.Path(__file__).resolve().parent.parent / "npz"
folder.mkdir(exist_ok=True)
row_major = np.arange(24).reshape(2, 3, 4)
names = np.array(["", "block1.conv1.kernel", "Grüße 顔 👤"])


class Stream(io.RawIOBase):
    """A place that cannot be wound back, so that sizes follow the members instead of preceding them."""

    def __init__(self):
        self.content = b""

    def writable(self):
        return True

    def write(self, data):
        self.content += bytes(data)
        return len(data)


def npy(array, version=None):
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, version=version, allow_pickle=True)
    return buffer.getvalue()


def archive(target, arrays, compression, allow_zip64=False):
    """A zip file of one fixed date, as numpy.savez would write it."""
    with zipfile.ZipFile(target, "w") as file:
        for name, array in arrays.items():
            info = zipfile.ZipInfo(name + ".npy", (1980, 1, 1, 0, 0, 0))
            info.compress_type = compression
            with file.open(info, "w", force_zip64=allow_zip64) as member:
                member.write(npy(array))


# Every element type, each holding 0 to 23 but for bool (which is whether a number is odd).
types = {}
for code in ["<f2", "<f4", "<f8", ">f2", ">f4", ">f8", "|i1", "|u1"]:
    types[code[1:] + ("_big" if code[0] == ">" else "")] = row_major.astype(code)
for size in [2, 4, 8]:
    for kind in "iu":
        types[f"{kind}{size}"] = row_major.astype(f"<{kind}{size}")
        types[f"{kind}{size}_big"] = row_major.astype(f">{kind}{size}")
types["bool"] = row_major % 2 == 1
archive(folder / "types_stored.npz", types, zipfile.ZIP_STORED)
archive(folder / "types_deflated.npz", types, zipfile.ZIP_DEFLATED, allow_zip64=True)

shapes = {
    "column_major": np.asfortranarray(row_major.astype("<f4")),
    "column_major_integers": np.asfortranarray(row_major.astype("<i4")),
    "scalar": np.float32(7.5),
    "vector": np.arange(5, dtype="<f4"),
    "empty": np.zeros((0, 3), "<f4"),
    "names": names,
    "names_big": names.astype(">U19"),
    "names_column_major": np.asfortranarray(np.array([["a", "b"], ["c", "d"]])),
}
stream = Stream()
archive(stream, shapes, zipfile.ZIP_DEFLATED)
(folder / "streamed.npz").write_bytes(stream.content)

# Not exact in float32, in float64 or in int64.
large = {
    "u8_beyond_int64": np.array([2**64 - 1], "<u8"),
    "i8_beyond_float64": np.array([2**53 + 1], "<i8"),
    "i4_beyond_float32": np.array([2**24 + 1], "<i4"),
}
archive(folder / "large_integers.npz", large, zipfile.ZIP_DEFLATED)

# Half-precision numbers of every kind: zero, subnormal, normal, infinite.
half = np.array([0, 2**-24, 2**-14 - 2**-24, 2**-14, 1 / 3, 65504, np.inf], "<f2")
archive(
    folder / "half.npz",
    {"half": np.concatenate([half, -half]), "wide": np.concatenate([half, -half]).astype("<f4")},
    zipfile.ZIP_STORED,
)

for version in [(1, 0), (2, 0), (3, 0)]:
    (folder / f"version{version[0]}.npy").write_bytes(npy(row_major.astype("<f4"), version))
# What Python 2 wrote.
old = npy(row_major.astype("<f4")).replace(b"(2, 3, 4), }      ", b"(2L, 3L, 4L), }   ")
(folder / "python2.npy").write_bytes(old)


class Python2Pickler(pickle._Pickler):
    """Writes bytes as Python 2 wrote its strings."""

    dispatch = dict(pickle._Pickler.dispatch)

    def save_bytes(self, value):
        self.write(pickle.BINSTRING + struct.pack("<i", len(value)) + value)
        self.memoize(value)

    dispatch[bytes] = save_bytes


def python2_objects(value):
    """What numpy.save of Python 2 wrote for an object array, the form of caffe-tensorflow."""
    buffer = io.BytesIO()
    Python2Pickler(buffer, 2).dump(np.array(value, dtype=object))
    return npy(np.zeros((), "<f4"))[:-4].replace(b"'<f4'", b"'|O' ") + buffer.getvalue()


# Layers of a network in an object array: as caffe-tensorflow names them, as lists, and in arrays of both orders.
convolution = row_major.astype("<f4") / 8
layers = {
    "conv1": {"weights": convolution, "biases": np.array([1, -2], "<f8")},
    "fc6": [np.asfortranarray(convolution[0]), np.array(7, ">i4")],
    "epoch": 3,
}
np.save(folder / "objects.npy", np.array(layers, dtype=object), allow_pickle=True)
(folder / "objects_python2.npy").write_bytes(python2_objects(layers))
several = np.empty(2, dtype=object)
several[:] = [convolution, np.array([1, 2], "|u1")]
archive(folder / "objects.npz", {"layers": several, "plain": np.arange(3, dtype="<f4")}, zipfile.ZIP_DEFLATED)
