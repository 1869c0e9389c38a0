"""How far PyTorch in float32 is from gender_training.npz (PyTorch in float64) when each start value is moved by half a unit in
its last place, in 24 draws: the largest difference of the loss by step, and of the final logits. Writes nothing.
"""
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

torch.set_num_threads(1)
golden = np.load(pathlib.Path(__file__).resolve().parent.parent / "gender_training.npz")
order = golden["batch_indices"].reshape(30, 16).astype(np.int64)
x, labels = torch.tensor(golden["features"]), torch.tensor(golden["labels"].astype(np.int64))


def run(net, convs, lr, seed):
    rng = np.random.default_rng(seed)
    names = [f"block5_conv{c}" for c in range(1, convs + 1)] + ["dense_1", "dense_2", "dense_3"]

    def moved(a):
        return torch.tensor((a * (1 + rng.choice([-1, 1], a.shape) * 2.0**-24)).astype(np.float32), requires_grad=True)
    p = {n: [moved(golden[f"{net}/initial/{n}/{w}"].astype(np.float64)) for w in ("kernel", "bias")] for n in names}
    optimizer = torch.optim.RMSprop([a for v in p.values() for a in v], lr=lr, alpha=0.9, eps=1e-7)

    def forward(q):
        q = q.permute(0, 3, 1, 2)
        for n in names[:convs]:
            q = F.relu(F.conv2d(q, p[n][0].permute(3, 2, 0, 1), p[n][1], padding=1))
        q = F.max_pool2d(q, 2).permute(0, 2, 3, 1).flatten(1)
        q = F.relu(q @ p["dense_1"][0] + p["dense_1"][1])
        q = torch.sigmoid(q @ p["dense_2"][0] + p["dense_2"][1])
        return q @ p["dense_3"][0] + p["dense_3"][1]
    losses = []
    for index in order:
        loss = F.cross_entropy(forward(x[index]), labels[index])
        optimizer.zero_grad(); loss.backward(); optimizer.step()
        losses.append(loss.item())
    with torch.no_grad():
        return np.array(losses), forward(x).numpy()


for net, convs, name, lr in (("vgg19", 4, "lr1e-4", 1e-4), ("vgg16", 3, "lr1e-4", 1e-4), ("vgg19", 4, "lr1e-3", 1e-3)):
    runs = [run(net, convs, lr, seed) for seed in range(24)]
    by_step = np.max([np.abs(l - golden[f"{net}/{name}/loss"]) for l, _ in runs], axis=0)
    logits = max(np.abs(z - golden[f"{net}/{name}/final_logits"]).max() for _, z in runs)
    print(net, name, "loss", " ".join(f"{v:.1e}" for v in by_step), "largest", f"{by_step.max():.1e}", "final logits", f"{logits:.1e}")
