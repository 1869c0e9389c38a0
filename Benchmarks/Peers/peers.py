#!/usr/bin/env python3
"""The same work in other frameworks, for `graft-benchmark --peers`.

    peers.py --list WORK                      the contenders that are installed here, one name on a line
    peers.py WORK --peer NAME [options]       prints `ready`, and then, for each line of its standard input, does the
                                              work once and prints the seconds that it took
    peers.py first-prediction --peer NAME     does the work once and ends: the whole process is timed

Networks have random weights where speed does not depend on them. PyTorch gets channels last, which is its faster layout.
"""
import argparse
import importlib.util
import json
import os
import sys
import time

THREADS = int(os.environ.get("OMP_NUM_THREADS", os.cpu_count() or 1))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
CONVOLUTIONS = {"vgg16": [2, 2, 3, 3, 3], "vgg19": [2, 2, 4, 4, 4]}
WIDTHS = [64, 128, 256, 512, 512]


def vgg(name, blocks=range(5), channels=3):
    import torch.nn as nn
    layers = []
    for block in blocks:
        for _ in range(CONVOLUTIONS[name][block]):
            layers += [nn.Conv2d(channels, WIDTHS[block], 3, padding=1), nn.ReLU(inplace=True)]
            channels = WIDTHS[block]
        layers.append(nn.MaxPool2d(2))
    return nn.Sequential(*layers)


def resnet_stage(channels, width, blocks, stride):
    import torch.nn as nn

    class Block(nn.Module):
        def __init__(self, channels, stride):
            super().__init__()

            def normalized(inputs, outputs, size, stride=1):
                return [nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False), nn.BatchNorm2d(outputs)]

            relu = [nn.ReLU(inplace=True)]
            self.branch = nn.Sequential(
                *normalized(channels, width, 1), *relu, *normalized(width, width, 3, stride), *relu,
                *normalized(width, 4 * width, 1))
            projected = channels != 4 * width or stride != 1
            self.shortcut = nn.Sequential(*normalized(channels, 4 * width, 1, stride)) if projected else nn.Identity()

        def forward(self, x):
            return (self.branch(x) + self.shortcut(x)).relu_()

    return nn.Sequential(*[
        Block(channels if index == 0 else 4 * width, stride if index == 0 else 1) for index in range(blocks)])


def make_encoder(name):
    import torch.nn as nn
    if name in CONVOLUTIONS:
        return vgg(name).eval()
    stem = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1)]
    stages = [(64, 64, 3, 1), (256, 128, 4, 2), (512, 256, 6, 2), (1024, 512, 3, 2)]
    return nn.Sequential(*stem, *[resnet_stage(*stage) for stage in stages]).eval()


def torch_with_threads():
    import torch
    torch.set_num_threads(THREADS)
    return torch


def forward_torch(options):
    torch = torch_with_threads()
    network = make_encoder(options.encoder).to(memory_format=torch.channels_last)
    pictures = torch.rand(options.batch, 3, 224, 224).to(memory_format=torch.channels_last)
    half = options.peer == "torch bfloat16"

    def work():
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=half):
            network(pictures)
    return work


def forward_traced(options):
    torch = torch_with_threads()
    pictures = torch.rand(options.batch, 3, 224, 224)
    with torch.no_grad():
        network = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(make_encoder(options.encoder), pictures)))

    def work():
        with torch.inference_mode():
            network(pictures)
    return work


def onnx_file(options):
    torch = torch_with_threads()
    file = os.path.join(options.folder, f"{options.encoder}-{options.batch}.onnx")
    if not os.path.exists(file):
        arguments = dict(input_names=["x"], output_names=["y"], opset_version=17)
        torch.onnx.export(
            make_encoder(options.encoder), (torch.rand(options.batch, 3, 224, 224),), file + ".part", dynamo=False, **arguments)
        os.rename(file + ".part", file)
    return file


def forward_onnxruntime(options):
    import numpy
    import onnxruntime
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = THREADS
    session = onnxruntime.InferenceSession(onnx_file(options), settings, providers=["CPUExecutionProvider"])
    pictures = numpy.random.rand(options.batch, 3, 224, 224).astype("f")
    return lambda: session.run(None, {"x": pictures})


def forward_openvino(options):
    import numpy
    import openvino
    core = openvino.Core()
    network = core.compile_model(core.read_model(onnx_file(options)), "CPU", {
        "INFERENCE_PRECISION_HINT": "bf16" if options.peer.endswith("bfloat16") else "f32",
        "INFERENCE_NUM_THREADS": THREADS, "PERFORMANCE_HINT": "LATENCY"})
    request = network.create_infer_request()
    pictures = numpy.random.rand(options.batch, 3, 224, 224).astype("f")
    return lambda: request.infer({0: pictures})


def forward_keras(options):
    import numpy
    import tensorflow
    tensorflow.config.threading.set_intra_op_parallelism_threads(THREADS)
    builder = {"vgg16": "VGG16", "vgg19": "VGG19", "resnet50": "ResNet50"}[options.encoder]
    network = getattr(tensorflow.keras.applications, builder)(weights=None, include_top=False, input_shape=(224, 224, 3))
    pictures = tensorflow.constant(numpy.random.rand(options.batch, 224, 224, 3).astype("f"))
    function = tensorflow.function(lambda x: network(x, training=False))
    return lambda: function(pictures).numpy()


def gender_network(model):
    import torch.nn as nn
    if model in CONVOLUTIONS:
        stage, shape = vgg(model, [4], 512), (512, 14, 14)
        head = [nn.Flatten(), nn.Linear(25088, 5 if model == "vgg16" else 10)]
    else:
        stage, shape = resnet_stage(1024, 512, 3, 2), (1024, 14, 14)
        head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, 10)]
    hidden = head[-1].out_features
    return nn.Sequential(stage, *head, nn.ReLU(), nn.Linear(hidden, 5), nn.Sigmoid(), nn.Linear(5, 2)), shape


def gender_step(options):
    torch = torch_with_threads()
    network, shape = gender_network(options.encoder)
    network = network.to(memory_format=torch.channels_last)
    optimizer = torch.optim.RMSprop(network.parameters(), lr=1e-4, alpha=0.9, eps=1e-7)
    features = torch.rand(options.batch, *shape).to(memory_format=torch.channels_last)
    classes = torch.arange(options.batch) % 2
    half = options.peer == "torch bfloat16"

    def work():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            loss = torch.nn.functional.cross_entropy(network(features).float(), classes)
        loss.backward()
        optimizer.step()
    return work


def decoder_network(classes=1):
    import torch.nn as nn
    return nn.Sequential(nn.Conv2d(512, classes, 1), nn.ConvTranspose2d(classes, classes, 64, 32, 16, bias=False))


def decoder_loss(network, features, masks):
    import torch.nn.functional as F
    logits = network(features)
    loss = F.binary_cross_entropy_with_logits if logits.shape[1] == 1 else F.cross_entropy
    return loss(logits, masks) + 1e-4 * network[0].weight.square().sum()


def decoder_step(options):
    torch = torch_with_threads()
    network = decoder_network(options.classes)
    optimizer = torch.optim.RMSprop(network.parameters(), lr=1e-4, alpha=0.9, eps=1e-7)
    features = torch.rand(options.batch, 512, 7, 7)
    if options.classes == 1:
        masks = (torch.rand(options.batch, 1, 224, 224) > 0.5).float()
    else:
        masks = torch.randint(options.classes, (options.batch, 224, 224))

    def work():
        optimizer.zero_grad(set_to_none=True)
        decoder_loss(network, features, masks).backward()
        optimizer.step()
    return work


def picture_files(options):
    found = sorted(
        os.path.join(folder, name) for folder, _, names in os.walk(options.images) for name in names
        if name.endswith(".jpg"))
    return found[:options.batch]


def decode_opencv(options):
    import cv2
    cv2.setNumThreads(1)
    files = picture_files(options)

    def work():
        for file in files:
            cv2.resize(cv2.imread(file), (224, 224), interpolation=cv2.INTER_LINEAR)
    return work


def decode_pillow(options):
    from PIL import Image
    files = picture_files(options)

    def work():
        for file in files:
            Image.open(file).convert("RGB").resize((224, 224), Image.BILINEAR).load()
    return work


def stages_torch(options):
    """Pictures to features, gender tuning on cached features, features of the tuned stage, decoder training on those."""
    torch = torch_with_threads()
    import cv2
    import numpy
    half = options.peer == "torch bfloat16"
    autocast = torch.autocast("cpu", torch.bfloat16, enabled=half)
    frozen = vgg(options.encoder, range(4)).eval().to(memory_format=torch.channels_last)
    files = picture_files(options)

    def batches(rows, size):
        return [rows[first:first + size] for first in range(0, len(rows), size)]

    def work():
        pictures = numpy.stack([cv2.resize(cv2.imread(file), (224, 224)) for file in files]).astype("f")
        with torch.inference_mode(), autocast:
            inputs = torch.from_numpy(pictures - numpy.array([103.939, 116.779, 123.68], "f")).permute(0, 3, 1, 2)
            features = torch.cat([frozen(part).float() for part in batches(inputs, 32)])
        features = features.clone()
        network, _ = gender_network(options.encoder)
        network = network.to(memory_format=torch.channels_last)
        optimizer = torch.optim.RMSprop(network.parameters(), lr=1e-4, alpha=0.9, eps=1e-7)
        classes = torch.arange(len(files)) % 2
        for _ in range(options.gender_epochs):
            for part, labels in zip(batches(features, 32), batches(classes, 32)):
                optimizer.zero_grad(set_to_none=True)
                with autocast:
                    loss = torch.nn.functional.cross_entropy(network(part).float(), labels)
                loss.backward()
                optimizer.step()
        with torch.inference_mode(), autocast:
            last = torch.cat([network[0](part).float() for part in batches(features, 32)])
        last = last.clone().contiguous()
        masks = (torch.rand(len(files), 1, 224, 224) > 0.5).float()
        decoder = decoder_network()
        optimizer = torch.optim.RMSprop(decoder.parameters(), lr=1e-4, alpha=0.9, eps=1e-7)
        for _ in range(options.decoder_epochs):
            for part, truth in zip(batches(last, 200), batches(masks, 200)):
                optimizer.zero_grad(set_to_none=True)
                decoder_loss(decoder, part, truth).backward()
                optimizer.step()
    return work


def whole_network_step_keras(options):
    """A gender step as the paper took it: all of the encoder runs in every step, and its last block is trained."""
    import numpy
    import tensorflow
    keras = tensorflow.keras
    tensorflow.config.threading.set_intra_op_parallelism_threads(THREADS)
    base = keras.applications.VGG19(weights=None, include_top=False, input_shape=(224, 224, 3))
    for layer in base.layers:
        layer.trainable = layer.name.startswith("block5")
    head = keras.Sequential([
        base, keras.layers.Flatten(), keras.layers.Dense(10, "relu"), keras.layers.Dense(5, "sigmoid"),
        keras.layers.Dense(2, "softmax")])
    head.compile(keras.optimizers.RMSprop(1e-4), "categorical_crossentropy")
    pictures = numpy.random.rand(options.batch, 224, 224, 3).astype("f")
    classes = numpy.eye(2, dtype="f")[numpy.arange(options.batch) % 2]
    return lambda: head.train_on_batch(pictures, classes)


def tensors(file):
    """The tensors of a safetensors file, mapped."""
    import numpy
    with open(file, "rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        header = json.loads(stream.read(length))
    data = numpy.memmap(file, "u1", "r", 8 + length)
    header.pop("__metadata__", None)
    return {
        name: data[entry["data_offsets"][0]:entry["data_offsets"][1]].view("f4").reshape(entry["shape"])
        for name, entry in header.items()}


def convolutions(file):
    """Kernel (height, width, inputs, outputs) and bias of each convolution of VGG19, in order, whatever their names end in."""
    found = sorted((name, value) for name, value in tensors(file).items() if "conv" in name)
    pairs = [sorted((found[i][1], found[i + 1][1]), key=lambda value: -value.ndim) for i in range(0, len(found), 2)]
    return iter(pairs)


def first_prediction_torch(options):
    torch = torch_with_threads()
    import numpy
    from PIL import Image
    network = vgg("vgg19").eval()
    weights = convolutions(options.weights)
    with torch.inference_mode():
        for layer in network:
            if isinstance(layer, torch.nn.Conv2d):
                kernel, bias = (torch.from_numpy(numpy.array(value)) for value in next(weights))
                layer.weight.copy_(kernel.permute(3, 2, 0, 1))
                layer.bias.copy_(bias)
        picture = numpy.asarray(Image.open(options.picture).convert("RGB").resize((224, 224)), "f")[..., ::-1]
        pixels = picture - numpy.array([103.939, 116.779, 123.68], "f")
        return network(torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None]).mean().item()


def first_prediction_keras(options):
    import numpy
    import tensorflow
    from PIL import Image
    network = tensorflow.keras.applications.VGG19(weights=None, include_top=False, input_shape=(224, 224, 3))
    weights = convolutions(options.weights)
    for layer in network.layers:
        if "conv" in layer.name:
            layer.set_weights(next(weights))
    picture = numpy.asarray(Image.open(options.picture).convert("RGB").resize((224, 224)), "f")[..., ::-1]
    return float(network(picture[None] - numpy.array([103.939, 116.779, 123.68], "f"), training=False).numpy().mean())


CONTENDERS = {
    "forward": {
        "torch": forward_torch, "torch traced": forward_traced, "onnxruntime": forward_onnxruntime,
        "openvino": forward_openvino, "keras": forward_keras, "torch bfloat16": forward_torch,
        "openvino bfloat16": forward_openvino},
    "gender-step": {"torch": gender_step, "torch bfloat16": gender_step},
    "decoder-step": {"torch": decoder_step},
    "decode": {"opencv": decode_opencv, "pillow": decode_pillow},
    "stages": {"torch": stages_torch, "torch bfloat16": stages_torch},
    "whole-network-step": {"keras": whole_network_step_keras},
    "first-prediction": {"torch": first_prediction_torch, "keras": first_prediction_keras},
}
NEEDS = {
    "torch": ["torch"], "onnxruntime": ["torch", "onnx", "onnxruntime"], "openvino": ["torch", "onnx", "openvino"],
    "keras": ["tensorflow"], "opencv": ["cv2"], "pillow": ["PIL"]}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("work", choices=CONTENDERS)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--peer")
    parser.add_argument("--encoder", default="vgg19")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--classes", type=int, default=1)
    parser.add_argument("--images")
    parser.add_argument("--gender-epochs", type=int, default=2)
    parser.add_argument("--decoder-epochs", type=int, default=20)
    parser.add_argument("--weights")
    parser.add_argument("--picture")
    parser.add_argument("--folder", default="/tmp")
    options = parser.parse_args()
    contenders = CONTENDERS[options.work]
    if options.list:
        for name in contenders:
            missing = [module for module in NEEDS[name.split()[0]] if importlib.util.find_spec(module) is None]
            if missing:
                print(f"{name} is left out: {', '.join(missing)} is not installed", file=sys.stderr)
            else:
                print(name)
        return
    if options.work == "first-prediction":
        print(contenders[options.peer](options))
        return
    work = contenders[options.peer](options)
    print("ready", flush=True)
    for _ in sys.stdin:
        began = time.perf_counter()
        work()
        print(time.perf_counter() - began, flush=True)


if __name__ == "__main__":
    main()
