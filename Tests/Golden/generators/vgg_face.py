"""A very narrow VGG-Face (VGG16's shape at width 1, fc6 = fc7 = 6, three people) in both forms of Caffe's files, with what PyTorch
makes of two pictures in float64, with Caffe's semantics: poolings that round up, features flattened as C,H,W, input B,G,R minus the means.

  v1.caffemodel, new.caffemodel    the same weights
  deploy.prototxt                  the network, in the old form
  outputs.npz                      picture 224x224 and its outputs; odd_input 1x75x61x3 (B,G,R minus the means) and its poolings

Usage: python vgg_face.py ../vgg_face
"""
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F

from caffe import PACKED, fill
from common import f32, save_npz

folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
WIDTHS, COUNTS, UNITS, CLASSES = (1, 2, 4, 8, 8), (2, 2, 3, 3, 3), 6, 3
MEANS = np.array([93.5940, 104.7624, 129.1863])
rng = np.random.default_rng(2622)

layers, channels = [], 3                                                    # (name, kind of V1, kind, settings, arrays)
for block, (width, count) in enumerate(zip(WIDTHS, COUNTS), 1):
    for number in range(1, count + 1):
        kernel = rng.standard_normal((width, channels, 3, 3)) * np.sqrt(2.0 / (9 * channels))
        settings = f"convolution_param {{ num_output: {width} pad: 1 kernel_size: 3 }}"
        layers.append((f"conv{block}_{number}", 4, "CONVOLUTION", settings, [kernel, 0.3 * rng.random(width)]))
        layers.append((f"relu{block}_{number}", 18, "RELU", "", []))
        channels = width
    layers.append((f"pool{block}", 17, "POOLING", "pooling_param { pool: MAX kernel_size: 2 stride: 2 }", []))
for number, inputs, outputs in ((6, channels * 49, UNITS), (7, UNITS, UNITS), (8, UNITS, CLASSES)):
    kernel = rng.standard_normal((outputs, inputs)) * np.sqrt(2.0 / inputs)
    settings = f"inner_product_param {{ num_output: {outputs} }}"
    layers.append((f"fc{number}", 14, "INNER_PRODUCT", settings, [kernel, 0.3 * rng.random(outputs)]))
    if number < 8:
        layers.append((f"relu{number}", 18, "RELU", "", []))
        layers.append((f"drop{number}", 6, "DROPOUT", "dropout_param { dropout_ratio: 0.5 }", []))
layers.append(("prob", 20, "SOFTMAX", "", []))
layers = [(*layer[:4], [array.astype(np.float32) for array in layer[4]]) for layer in layers]

NEW = {4: "Convolution", 6: "Dropout", 14: "InnerProduct", 17: "Pooling", 18: "ReLU", 20: "Softmax"}
old, new = PACKED["NetParameter"](name="VGG_FACE"), PACKED["NetParameter"](name="VGG_FACE")
text = 'name: "VGG_FACE"\ninput: "data"\ninput_dim: 1\ninput_dim: 3\ninput_dim: 224\ninput_dim: 224\n'
bottom = "data"
for name, number, word, settings, arrays in layers:
    in_place = number in (6, 18)
    top = bottom if in_place else name
    first = old.layers.add(name=name, type=number, bottom=[bottom], top=[top])
    second = new.layer.add(name=name, type=NEW[number], bottom=[bottom], top=[top])
    for array in arrays:
        fill(first.blobs.add(), array, legacy=True)
        fill(second.blobs.add(), array)
    text += f'layers {{ bottom: "{bottom}" top: "{top}" name: "{name}" type: {word} {settings} }}\n'
    bottom = top
for name, net in (("v1", old), ("new", new)):
    with open(os.path.join(folder, f"{name}.caffemodel"), "wb") as out:
        out.write(net.SerializeToString())
with open(os.path.join(folder, "deploy.prototxt"), "w") as out:
    out.write(text)


def run(x, arrays, prefix, last):
    """Computes all layers up to one, and keeps poolings, dense layers after their activation, and logits."""
    for name, number, _, _, weights in layers:
        parameters = [torch.tensor(array, dtype=torch.float64) for array in weights]
        if number == 4:
            x = F.conv2d(x, *parameters, padding=1)
        elif number == 14:
            x = F.linear(x.flatten(1), *parameters)
        elif number == 17:
            x = F.max_pool2d(x, 2, 2, ceil_mode=True)
        elif number == 18:
            x = F.relu(x)
        if number == 17 and (prefix or name in ("pool4", "pool5")):
            arrays[prefix + name] = f32(x.permute(0, 2, 3, 1))
        if name in ("relu6", "relu7", "fc8"):
            arrays[prefix + name.replace("relu", "fc")] = f32(x)
        if name == last:
            return


# Squares of 16x16, which compress well.
picture = np.kron(rng.integers(0, 256, (14, 14, 3)), np.ones((16, 16, 1))).astype(np.uint8)
arrays = {"picture": picture}
bgr = f32(picture[..., ::-1] - MEANS).astype(np.float64)
run(torch.tensor(bgr).permute(2, 0, 1)[None], arrays, "", "fc8")
odd = f32(np.kron(rng.integers(0, 256, (15, 61, 3)), np.ones((5, 1, 1)))[..., ::-1] - MEANS)[None]
arrays["odd_input"] = odd
run(torch.tensor(odd.astype(np.float64)).permute(0, 3, 1, 2), arrays, "odd_", "pool5")
save_npz(os.path.join(folder, "outputs.npz"), arrays)
print(arrays["fc6"], arrays["fc7"], arrays["fc8"], [(k, v.shape) for k, v in arrays.items()])
