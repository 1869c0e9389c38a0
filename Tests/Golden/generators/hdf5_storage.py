"""The ways in which HDF5 stores what Keras files hold, from the oldest form of the format to the newest.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install h5py==3.16.0 numpy     # with HDF5 2.0.0
    /tmp/venv/bin/python Tests/Golden/generators/hdf5_storage.py

writes

    ../keras/storage_*.h5           element i of every tensor is 7i modulo 101, whatever its type; h5py reads each file
                                    again and compares
    ../broken/virtual.h5            a kernel made of a part of another file
    ../broken/lzf.h5                a kernel compressed by the filter that only h5py has
    ../broken/layers_in_layers.h5   Keras 3's groups, one of which contains itself
    ../broken/never_written.h5      a chunk of a kernel that is not there
"""
import pathlib

import h5py
import numpy as np

GOLDEN = pathlib.Path(__file__).resolve().parent.parent
KERAS, BROKEN = GOLDEN / "keras", GOLDEN / "broken"
V = {name: getattr(h5py.h5f, f"LIBVER_{name.upper()}") for name in ("earliest", "v18", "v110", "v200")}
# The oldest and newest forms that a file may use, and whether it has what only the newest ones store otherwise.
FORMS = {
    "earliest": ("earliest", "v18", False), "v18": ("v18", "v18", False), "v110": ("v110", "v110", False),
    "v200": ("v200", "v200", True),
}


def create(path, low, high):
    """The newest one comes after a block of the user's, and keeps the order in which things were made."""
    access, creation = h5py.h5p.create(h5py.h5p.FILE_ACCESS), h5py.h5p.create(h5py.h5p.FILE_CREATE)
    access.set_libver_bounds(V[low], V[high])
    creation.set_obj_track_times(False)
    if low == "v200":
        creation.set_userblock(512)
        creation.set_link_creation_order(h5py.h5p.CRT_ORDER_TRACKED | h5py.h5p.CRT_ORDER_INDEXED)
    return h5py.File(h5py.h5f.create(str(path).encode(), h5py.h5f.ACC_TRUNC, fcpl=creation, fapl=access))


def values(shape, kind="<f4"):
    return (np.arange(np.prod(shape, dtype=int)) * 7 % 101).reshape(shape).astype(kind)


def plain(group, name, values, layout=h5py.h5d.COMPACT, chunk=None, maximum=None):
    """A data set that keeps no times; in chunks with room for all of them from the beginning."""
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_obj_track_times(False)
    if chunk:
        properties.set_chunk(chunk)
        properties.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    else:
        properties.set_layout(layout)
    space = h5py.h5s.create_simple(values.shape, maximum or values.shape)
    data = h5py.h5d.create(group.id, name.encode(), h5py.h5t.py_create(values.dtype), space, properties)
    data.write(h5py.h5s.ALL, h5py.h5s.ALL, values)


def write(path, low, high, has_all):
    with create(path, low, high) as file:
        layers = []

        def layer(name):
            layers.append(name)
            return file.create_group(name, track_order=low == "v200")

        def end(group):
            # Before other attributes, all of it in the header; after many, in a heap.
            names = []
            group.visititems(lambda name, object: names.append(name) if isinstance(object, h5py.Dataset) else None)
            group.attrs["weight_names"] = np.array([n.encode() for n in names])

        group = layer("filters")
        filters = {
            "none": {}, "gzip": dict(compression="gzip"), "shuffle": dict(shuffle=True), "fletcher32": dict(fletcher32=True),
            "all": dict(compression="gzip", compression_opts=9, shuffle=True, fletcher32=True),
        }
        # One chunk; a whole number of chunks; chunks that reach past the end.
        shapes = [("none", (5, 2), ">f4"), ("all", (2, 4), "<f8")]
        if low in ("earliest", "v200"):
            shapes += [("all", (5, 6), "<f4"), ("gzip", (2, 4), "<f2"), ("shuffle", (2, 4), ">u2"), ("fletcher32", (2, 4), ">i8")]
        if has_all:
            shapes += [("none", (5, 6), "u1"), ("none", (2, 4), "<i4"), ("gzip", (5, 6), "<f4")]
        for name, chunk, kind in shapes:
            group.create_dataset(f"{name}_{chunk[0]}x{chunk[1]}", data=values((5, 6), kind), chunks=chunk, **filters[name])
        # Too short for deflate to gain anything in most chunks: there it is left out.
        group.create_dataset("left_out", data=values((40,), "u1"), chunks=(3,), compression="gzip")
        end(group)

        group = layer("growing")
        limits = {"first": (None, 6), "both": (None, None)}
        if has_all:
            limits |= {"last": (5, None), "fixed": (11, 20)}
        for name, maximum in limits.items() if low in ("v110", "v200") else []:
            options = dict(chunks=(2, 4), maxshape=maximum)
            group.create_dataset(f"{name}_gzip", data=values((5, 6)), compression="gzip", **options)
            if has_all:
                group.create_dataset(name, data=values((5, 6)), **options)
        if low != "v18":
            group.create_dataset("levels", data=values((9, 9), "u1"), chunks=(1, 1), maxshape=(None, None))
        group.create_dataset("empty", data=values((0, 6)), chunks=(2, 4), maxshape=(None, 6))
        shrunk = group.create_dataset("shrunk", data=values((9, 6)), chunks=(2, 6), maxshape=(None, 6))
        shrunk.resize((5, 6))
        end(group)

        def finish():
            file.attrs["layer_names"] = np.array([n.encode() for n in layers])
            file.attrs["backend"], file.attrs["keras_version"] = "tensorflow", "2.2.4"

        if not has_all:
            return finish()

        group = layer("in_order")
        plain(group, "past_the_end", values((5, 7)), chunk=(2, 3))
        plain(group, "with_room", values((5, 7)), chunk=(2, 3), maximum=(9, 20))
        end(group)

        group = layer("many_chunks")
        group.create_dataset("pages", data=values((1030,), "u1"), chunks=(1,))
        group.create_dataset("growing", data=values((300,), "u1"), chunks=(1,), maxshape=(None,))
        options = dict(chunks=(1, 1), maxshape=(None, 1), compression="gzip")
        group.create_dataset("growing_gzip", data=values((60, 1), "u1"), **options)
        end(group)

        group = layer("many_links_and_attributes")
        plain(group, "k" * 160, values((2, 3)))
        for i in range(13):
            plain(group, f"{i}_{'k' * 160}", values((2,), "u1"))
            # The eighth moves all of them to a heap, the name list to its place for large objects.
            group.attrs[f"note_{i}"] = "z" * (i * 9 % 100)
        end(group)
        finish()


def check(path):
    with h5py.File(path) as file:
        count = 0

        def compare(name, object):
            nonlocal count
            if isinstance(object, h5py.Dataset):
                assert np.array_equal(object[()], values(object.shape, object.dtype)), name
                count += 1

        file.visititems(compare)
        return count


for name, form in FORMS.items():
    path = KERAS / f"storage_{name}.h5"
    write(path, *form)
    print(path.name, check(path), "tensors", path.stat().st_size, "bytes")

for name in ["virtual", "lzf", "layers_in_layers", "never_written"]:
    with h5py.File(BROKEN / f"{name}.h5", "w", libver=("v110", "v110")) as file:
        group = file.create_group("layers" if name == "layers_in_layers" else "conv")
        if name == "virtual":
            layout = h5py.VirtualLayout(shape=(3,), dtype="<f4")
            layout[:] = h5py.VirtualSource("/etc/hostname", "data", shape=(3,))
            group.create_virtual_dataset("kernel:0", layout)
        elif name == "lzf":
            group.create_dataset("kernel:0", data=values((30,)), chunks=(10,), compression="lzf")
        elif name == "never_written":
            group.create_dataset("kernel:0", shape=(30,), dtype="<f4", chunks=(10,))[:20] = 1
        else:
            layer = group.create_group("dense")
            layer.create_group("vars")["0"] = np.float32([1])
            layer["layers"] = group
        if name != "layers_in_layers":
            file.attrs["layer_names"], group.attrs["weight_names"] = np.array([b"conv"]), np.array([b"kernel:0"])
