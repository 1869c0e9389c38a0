"""Narrow networks of every published kind, with weights that follow from a formula and so need no file: networks.npz holds
the names and shapes of the weights as their authors' programs name them, and what the networks compute.

Each number of a tensor is made of its name and its place (see `uniform`), so a test can make the same weights. torchvision's
networks are computed by torchvision's own modules with narrow layers in place of theirs, Keras' ResNets, whose programs are not
needed here, by `keras_resnet` below; all in float64.

Run from the package folder: python3 Tests/Golden/generators/networks.py
"""

import numpy as np
import torch
import torch.nn.functional as F

from common import f32, import_torchvision, json_array, out_dir, save_npz

torchvision = import_torchvision()
from torchvision.models import mobilenetv2, resnet, vgg

HEIGHT, WIDTH, CLASSES, NARROW = 64, 72, 10, 16
BLOCKS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}


def uniform(name, count):
    """`count` numbers from -0.5 up to below 0.5, with 24 bits each."""
    key = np.uint32(2166136261)
    with np.errstate(over="ignore"):
        for byte in name.encode():
            key = np.uint32((np.uint32(key) ^ np.uint32(byte)) * np.uint32(16777619))
        x = key + np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B1)
        x = (x ^ (x >> np.uint32(15))) * np.uint32(0x2C1B3C6D)
        x = (x ^ (x >> np.uint32(12))) * np.uint32(0x297A2D39)
        x = x ^ (x >> np.uint32(15))
    return (x >> np.uint32(8)).astype(np.float64) / 2**24 - 0.5


def numbers(name, shape, role, scale):
    """A tensor of one of the roles; `scale` is that of a kernel."""
    u = uniform(name, int(np.prod(shape))).reshape(shape)
    made = {
        "kernel": lambda: scale * u, "bias": lambda: 0.2 * u, "gamma": lambda: 0.7 + 0.4 * u, "beta": lambda: 0.4 * u,
        "mean": lambda: 0.6 * u, "variance": lambda: 0.02 + (u + 0.5) ** 2, "counter": lambda: 0 * u,
    }[role]()
    return made.astype(np.float32)


class Weights:
    """The tensors of one network by their published names, and their description for the test."""

    def __init__(self, gain):
        self.gain, self.tensors, self.description = gain, {}, []

    def make(self, name, shape, role, fan_in=0):
        scale = float(np.sqrt(self.gain / fan_in)) if role == "kernel" else 0.0
        self.tensors[name] = numbers(name, shape, role, scale)
        self.description.append({"name": name, "shape": list(shape), "role": role, "scale": scale})
        return torch.tensor(self.tensors[name], dtype=torch.float64)


image = numbers("input", (1, HEIGHT, WIDTH, 3), "kernel", 4.0)
arrays = {}


def keep(case, weights, outputs):
    arrays[f"{case}/weights"] = json_array(weights.description)
    for name, value in outputs.items():
        value = f32(value.permute(0, 2, 3, 1) if value.ndim == 4 else value)
        # Maps are large: every fifth number tells as much, as 5 divides no number of channels.
        arrays[f"{case}/{name}"] = value if value.ndim == 2 else value.reshape(-1)[::5].copy()
    print(case, {name: float(np.abs(value.numpy()).max().round(2)) for name, value in outputs.items()})


# ---- torchvision

def narrowed(module, divisor):
    """Replaces every layer by one with fewer channels."""
    narrow = lambda channels: channels if channels == 3 else channels // divisor
    for name, child in list(module.named_children()):
        if isinstance(child, torch.nn.Conv2d):
            setattr(module, name, torch.nn.Conv2d(
                narrow(child.in_channels), narrow(child.out_channels), child.kernel_size, child.stride, child.padding,
                bias=child.bias is not None))
        elif isinstance(child, torch.nn.BatchNorm2d):
            setattr(module, name, torch.nn.BatchNorm2d(narrow(child.num_features), eps=child.eps))
        else:
            narrowed(child, divisor)
    return module


def fill(model, gain):
    weights = Weights(gain)
    roles = {"running_mean": "mean", "running_var": "variance", "num_batches_tracked": "counter"}
    state = model.state_dict()
    for name, value in state.items():
        module = model.get_submodule(name.rpartition(".")[0])
        leaf, is_norm = name.rpartition(".")[2], isinstance(module, torch.nn.BatchNorm2d)
        role = roles.get(leaf) or ({"weight": "gamma", "bias": "beta"} if is_norm else {"weight": "kernel", "bias": "bias"})[leaf]
        fan_in = int(np.prod(value.shape[1:])) if role == "kernel" else 0
        state[name] = weights.make(name, tuple(value.shape), role, fan_in)
    model.double().load_state_dict(state)
    return weights, model.eval()


def outputs_of(model, taps):
    """What the tapped modules and the whole make of the image."""
    found = {}
    for name, module in taps.items():
        module.register_forward_hook(lambda _, __, output, name=name: found.__setitem__(name, output))
    with torch.no_grad():
        found["logits"] = model(torch.tensor(image, dtype=torch.float64).permute(0, 3, 1, 2))
    return found


def torchvision_resnet(depth, stages):
    model = resnet.ResNet(resnet.Bottleneck if depth >= 50 else resnet.BasicBlock, list(BLOCKS[depth]))
    narrowed(model, NARROW)
    model.fc = torch.nn.Linear(512 * (4 if depth >= 50 else 1) // NARROW, CLASSES)
    weights, model = fill(model, 2)
    taps = {"conv1": model.relu, "conv2": model.layer1, "conv3": model.layer2, "conv4": model.layer3, "conv5": model.layer4}
    return weights, outputs_of(model, {name: taps[name] for name in stages})


STAGES = ["conv1", "conv2", "conv3", "conv4", "conv5"]
for depth in BLOCKS:
    keep(f"resnet{depth}_torchvision", *torchvision_resnet(depth, STAGES if depth in (18, 50) else STAGES[-1:]))

for depth, letter in ((11, "A"), (13, "B"), (16, "D"), (19, "E")):
    for normalized in (False, True):
        layers = [c if c == "M" else c // NARROW for c in vgg.cfgs[letter]]
        model = vgg.VGG(vgg.make_layers(layers, batch_norm=normalized), init_weights=False)
        # A square map of 2x2 for the classifier, whatever the picture's aspect.
        model.avgpool = torch.nn.AdaptiveAvgPool2d((2, 2))
        hidden = 24
        model.classifier = torch.nn.Sequential(
            torch.nn.Linear(4 * 512 // NARROW, hidden), torch.nn.ReLU(), torch.nn.Dropout(), torch.nn.Linear(hidden, hidden),
            torch.nn.ReLU(), torch.nn.Dropout(), torch.nn.Linear(hidden, CLASSES))
        weights, model = fill(model, 6 if normalized else 24)
        pools = [layer for layer in model.features if isinstance(layer, torch.nn.MaxPool2d)]
        outputs = outputs_of(model, {"block3": pools[2], "block5": pools[4]})
        keep(f"vgg{depth}{'_bn' if normalized else ''}", weights, outputs)

# What stands before the classifier of torchvision's VGG, for a picture whose sides are no multiples of 7, and for one whose are.
pixels = torch.tensor(image, dtype=torch.float64).permute(0, 3, 1, 2)
arrays["adaptive_pool/uneven"] = f32(F.adaptive_avg_pool2d(pixels, 7).permute(0, 2, 3, 1))
arrays["adaptive_pool/even"] = f32(F.adaptive_avg_pool2d(pixels[:, :, :63, :70], 7).permute(0, 2, 3, 1))

weights, model = fill(mobilenetv2.MobileNetV2(num_classes=CLASSES, width_mult=0.25), 4)
taps = {f"conv{stage}": model.features[last] for stage, last in ((1, 1), (2, 3), (3, 6), (4, 13), (5, 17), (6, 18))}
keep("mobilenet_v2", weights, outputs_of(model, taps))


# ---- Keras

def keras_names(history, stage, block, part):
    """Layers of convolution and batch normalisation; part 0 is the shortcut."""
    if history == "keras":
        return f"conv{stage}_block{block}_{part}_conv", f"conv{stage}_block{block}_{part}_bn"
    suffix = f"{stage}{'abcdef'[block - 1]}_branch" + ("1" if part == 0 else "2" + "abc"[part - 1])
    return "res" + suffix, "bn" + suffix


def keras_resnet(depth, history, tensor, picture, width, padded=True, classes=CLASSES):
    """Keras' ResNet v1: the stride in a block's first 1x1 convolution, biases.

    `tensor(name, shape, role, fan_in)` gives a weight by the name that Keras 2 files have for it.
    """
    epsilon = 1.001e-5 if history == "keras" else 1e-3

    def layer(x, names, inputs, outputs, size, stride=1):
        convolution, norm = names
        kernel = tensor(f"{convolution}/{convolution}/kernel:0", (size, size, inputs, outputs), "kernel", size * size * inputs)
        bias = tensor(f"{convolution}/{convolution}/bias:0", (outputs,), "bias")
        gamma, beta, mean, variance = [
            tensor(f"{norm}/{norm}/{name}:0", (outputs,), role)
            for name, role in (("gamma", "gamma"), ("beta", "beta"), ("moving_mean", "mean"), ("moving_variance", "variance"))]
        y = F.conv2d(x, kernel.permute(3, 2, 0, 1), bias, stride=stride, padding=size // 2)
        return F.batch_norm(y, mean, variance, gamma, beta, False, 0.0, epsilon)

    found = {}
    stem = ("conv1_conv", "conv1_bn") if history == "keras" else ("conv1", "bn_conv1")
    x = found["conv1"] = F.relu(layer(picture, stem, 3, width, 7, 2))
    x = F.max_pool2d(x, 3, 2, 1 if padded else 0)
    channels = width
    for stage, count in enumerate(BLOCKS[depth], 2):
        filters = width << (stage - 2)
        for block in range(1, count + 1):
            stride = 2 if block == 1 and stage > 2 else 1
            names = [keras_names(history, stage, block, part) for part in range(4)]
            shortcut = layer(x, names[0], channels, 4 * filters, 1, stride) if block == 1 else x
            y = F.relu(layer(x, names[1], channels, filters, 1, stride))
            y = F.relu(layer(y, names[2], filters, filters, 3))
            x = F.relu(layer(y, names[3], filters, 4 * filters, 1) + shortcut)
            channels = 4 * filters
        found[f"conv{stage}"] = x
    top = "predictions" if history == "keras" else "fc1000"
    kernel = tensor(f"{top}/{top}/kernel:0", (channels, classes), "kernel", channels)
    found["logits"] = x.mean((2, 3)) @ kernel + tensor(f"{top}/{top}/bias:0", (classes,), "bias")
    return found


if __name__ == "__main__":
    for case, depth, history, padded, stages in (
            ("resnet50_kerasUnpadded", 50, "old", False, STAGES), ("resnet50_kerasPadded", 50, "old", True, STAGES[1:2]),
            ("resnet50_keras", 50, "keras", True, STAGES), ("resnet101_keras", 101, "keras", True, STAGES[-1:]),
            ("resnet152_keras", 152, "keras", True, STAGES[-1:])):
        weights = Weights(2)
        found = keras_resnet(depth, history, weights.make, pixels, 64 // NARROW, padded)
        keep(case, weights, {name: value for name, value in found.items() if name in stages + ["logits"]})
    save_npz(out_dir() / "networks.npz", arrays)
