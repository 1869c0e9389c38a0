"""Writes the PyTorch files that Tests/Weights reads, into Tests/Golden/pytorch, and what they hold as expected.npz.

Run from the package folder: python3 Tests/Golden/generators/pytorch_files.py
Needs PyTorch 2.6 or later and NumPy. Seeds are fixed; the keys of storages in the old form are memory addresses.
"""

import collections
import inspect
import io
import pathlib
import pickle
import zipfile

import numpy as np
import torch

folder = pathlib.Path(__file__).resolve().parent.parent / "pytorch"
folder.mkdir(exist_ok=True)
torch.manual_seed(13)
expected = {}


def save(name, value, tensors, **options):
    """Saves a value, and notes the tensors that are to be found in it, by name."""
    torch.save(value, folder / name, **options)
    note(name, tensors)


def note(name, tensors):
    for key, tensor in tensors.items():
        expected[f"{name}/{key}"] = tensor.detach().to(torch.float64).numpy()


class Tiny(torch.nn.Module):
    """A class of a program of its own, whose source the old form keeps."""


counting = torch.arange(6).reshape(2, 3)
types = [
    torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8,
    torch.uint8, torch.bool,
]
numbers = {str(t).removeprefix("torch."): (counting / 4 if t.is_floating_point else counting % 2 if t == torch.bool else counting).to(t) for t in types}
newer = {str(t).removeprefix("torch."): counting.to(t) for t in (torch.uint16, torch.uint32, torch.uint64)}
save("types.pth", {**numbers, **newer}, {**numbers, **newer})
save("types_old.pth", numbers, numbers, _use_new_zipfile_serialization=False)

base = torch.randn(4, 6)
views = {
    "base": base,
    "transposed": base.t(),
    "rows": base[1:3],
    "columns": base[:, 1:4],
    "every_second": base[:, ::2],
    "permuted": torch.randn(2, 3, 4).permute(2, 0, 1),
    "repeated": torch.randn(3, 1).expand(3, 4),
    "scalar": torch.tensor(7),
    "empty": torch.zeros(0, 3),
    "element": base[2, 5],
}
save("views.pth", views, views)
save("views_old.pth", views, views, _use_new_zipfile_serialization=False)
save("protocol4.pth", views, views, pickle_protocol=4)
save("protocol4_old.pth", views, views, pickle_protocol=4, _use_new_zipfile_serialization=False)

network = torch.nn.Sequential(torch.nn.Conv2d(3, 2, 3), torch.nn.BatchNorm2d(2))
state = network.state_dict()
optimizer = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9)
network(torch.randn(2, 3, 5, 5)).sum().backward()
optimizer.step()
state = collections.OrderedDict((key, value.clone()) for key, value in network.state_dict().items())
state._metadata = network.state_dict()._metadata
wrapped = collections.OrderedDict((f"module.{key}", value) for key, value in state.items())
checkpoint = {
    "epoch": 12, "arch": "tiny", "best_accuracy": np.float64(0.5), "best": torch.tensor(0.5), "state_dict": wrapped,
    "optimizer": optimizer.state_dict(), "when": None, "done": True, "sizes": torch.Size([2, 3]),
    "device": torch.device("cpu"), "type": torch.float32, "by_pair": {("a", "b"): torch.zeros(1)},
}
save("checkpoint.pth", checkpoint, state)
save("checkpoint_model.pth", {"model": {"state_dict": state}, "epoch": 1}, state)

parameter = torch.nn.Parameter(torch.randn(2, 2))
marked = torch.nn.Parameter(torch.randn(3))
marked.note = "an attribute"
parameters = {"weight": parameter, "marked": marked}
save("parameters.pth", parameters, parameters)
several = {"generator": {"weight": torch.randn(2)}, "layers": [torch.randn(1), torch.randn(3)], 7: torch.randn(1)}
save(
    "several.pth", several,
    {"generator.weight": several["generator"]["weight"], "layers.0": several["layers"][0],
     "layers.1": several["layers"][1], "7": several[7]})
lone = torch.randn(5)
save("tensor.pth", lone, {"tensor": lone})

torch.serialization.set_crc32_options(False)
save("without_checksums.pth", views, views)
torch.serialization.set_crc32_options(True)


def rezip(data, change, method=zipfile.ZIP_STORED):
    """Rewrites a zip file member by member."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w", method) as new:
        for entry in old.infolist():
            info = zipfile.ZipInfo(entry.filename, (1980, 1, 1, 0, 0, 0))
            new.writestr(info, change(entry.filename, old.read(entry.filename)), compress_type=method)
    return target.getvalue()


def swapped(name, data):
    if name.endswith("/byteorder"):
        return b"big"
    return np.frombuffer(data, "<f4").astype(">f4").tobytes() if "/data/" in name else data


floats = {"weight": torch.randn(3, 4), "bias": torch.randn(3)}
buffer = io.BytesIO()
torch.save(floats, buffer)
(folder / "big_endian.pth").write_bytes(rezip(buffer.getvalue(), swapped))
note("big_endian.pth", floats)

# What is refused.
(folder / "compressed.pth").write_bytes(rezip(buffer.getvalue(), lambda _, data: data, zipfile.ZIP_DEFLATED))
torch.save({"complex": torch.ones(2, dtype=torch.complex64), "float8": torch.ones(2).to(torch.float8_e4m3fn)}, folder / "exotic.pth")
torch.save({"weight": torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8)}, folder / "quantized.pth")
torch.save({"weight": torch.eye(2).to_sparse()}, folder / "sparse.pth")
torch.jit.script(torch.nn.Linear(1, 1)).save(folder / "script.pt")
# The old form also keeps where the class's source lies.
inspect.getsourcefile = lambda _: "tiny.py"
torch.save(Tiny(), folder / "module_old.pth", _use_new_zipfile_serialization=False)

np.savez_compressed(folder / "expected.npz", **expected)
