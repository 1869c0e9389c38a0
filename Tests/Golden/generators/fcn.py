"""FCN32s, FCN16s and FCN8s (Long, Shelhamer and Darrell, 2015) on random features, in PyTorch, float64: fcn.npz with the outputs of
stages of stride 8, 16 and 32 for a picture of 64x32 pixels, parameters under Graft's paths and layouts, and for each variant the
output and the gradients of the sum of output times weight.

Usage: python fcn.py ..
"""
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F

from common import f32, save_npz

CHANNELS, HIDDEN, CLASSES = {8: 3, 16: 4, 32: 5}, 6, 2
rng = np.random.default_rng(1411)


def tensor(*shape, scale=1.0):
    return torch.tensor(f32(rng.standard_normal(shape) * scale), dtype=torch.float64)


def bilinear(factor):
    size = 2 * factor
    row = 1 - np.abs(np.arange(size) - (factor - 0.5)) / factor
    kernel = np.zeros((CLASSES, CLASSES, size, size))
    for channel in range(CLASSES):
        kernel[channel, channel] = np.outer(row, row)
    return torch.tensor(kernel)


features = {stride: tensor(1, channels, 64 // stride, 32 // stride).relu() for stride, channels in CHANNELS.items()}
weight = tensor(1, CLASSES, 64, 32)
parameters = {}
for name, inputs, outputs, size in (
    ("fc6", CHANNELS[32], HIDDEN, 7), ("fc7", HIDDEN, HIDDEN, 1), ("score", HIDDEN, CLASSES, 1), ("skip1", CHANNELS[16], CLASSES, 1), ("skip2", CHANNELS[8], CLASSES, 1),
):
    parameters[f"{name}.kernel"] = tensor(outputs, inputs, size, size, scale=0.5)
    parameters[f"{name}.bias"] = tensor(outputs, scale=0.5)
for name in ("upsample1", "upsample2"):
    parameters[f"{name}.kernel"] = tensor(CLASSES, CLASSES, 4, 4, scale=0.5)      # I,O,H,W


def layout(path, array):
    """Convolutions H,W,I,O; transposed ones H,W,O,I."""
    if not path.endswith("kernel"):
        return f32(array)
    return f32(array.permute((2, 3, 1, 0)))


arrays = {f"stride{stride}": f32(x.permute(0, 2, 3, 1)) for stride, x in features.items()}
arrays["weight"] = f32(weight.permute(0, 2, 3, 1))
arrays.update({f"parameters/{path}": layout(path, array) for path, array in parameters.items()})
for variant, skips in (("fcn32s", ()), ("fcn16s", (16,)), ("fcn8s", (16, 8))):
    own = {path: array.clone().requires_grad_() for path, array in parameters.items()}
    own["upsample.kernel"] = bilinear(32 >> len(skips)).requires_grad_()

    def convolution(x, name, padding=0):
        return F.conv2d(x, own[f"{name}.kernel"], own[f"{name}.bias"], padding=padding)

    x = convolution(features[32], "fc6", padding=3).relu()
    x = convolution(convolution(x, "fc7").relu(), "score")
    for index, stride in enumerate(skips, 1):
        x = F.conv_transpose2d(x, own[f"upsample{index}.kernel"], stride=2, padding=1) + convolution(features[stride], f"skip{index}")
    factor = 32 >> len(skips)
    x = F.conv_transpose2d(x, own["upsample.kernel"], stride=factor, padding=factor // 2)
    (x * weight).sum().backward()
    arrays[f"{variant}/output"] = f32(x.permute(0, 2, 3, 1))
    for path, array in own.items():
        if array.grad is not None and path != "upsample.kernel":
            arrays[f"{variant}/gradients/{path}"] = layout(path, array.grad)
save_npz(os.path.join(sys.argv[1], "fcn.npz"), arrays)
