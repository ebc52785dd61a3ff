"""The golden trajectory of SFT in PyTorch, from the inputs that sft-inputs.mjs writes.

    python3 test/golden/sft.py FOLDER

Losses and gradient norms go to sft-expected.json beside this file. Made with PyTorch 1.13 on the CPU.
"""

import json
import math
import os
import struct
import sys

import torch
import torch.nn.functional as F

torch.set_num_threads(1)
folder = sys.argv[1]
with open(os.path.join(folder, "inputs.json")) as file:
    inputs = json.load(file)
config = inputs["config"]
architecture = config["architecture"]


def read_safetensors(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = bytearray(file.read())
    tensors = {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        values = torch.frombuffer(data[start:end], dtype=torch.float32).clone()
        tensors[name] = values.reshape(entry["shape"]).requires_grad_()
    return tensors


p = read_safetensors(os.path.join(folder, "weights.safetensors"))
width, heads = architecture["width"], architecture["heads"]


def linear(name, x):
    return x @ p[name + ".weight"] + p[name + ".bias"]


def layer_norm(name, x):
    return F.layer_norm(x, (width,), p[name + ".weight"], p[name + ".bias"], 1e-5)


def attention(name, x):
    length = x.shape[0]
    q, k, v = (part.reshape(length, heads, -1).transpose(0, 1) for part in linear(name + ".c_attn", x).split(width, 1))
    scores = q @ k.transpose(1, 2) / math.sqrt(width // heads)
    later = torch.ones(length, length, dtype=torch.bool).triu(1)
    weights = scores.masked_fill(later, -math.inf).softmax(-1)
    return linear(name + ".c_proj", (weights @ v).transpose(0, 1).reshape(length, width))


def gelu(x):
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def logits(ids):
    x = p["wte.weight"][ids] + p["wpe.weight"][: len(ids)]
    for layer in range(architecture["layers"]):
        h = f"h.{layer}"
        x = x + attention(h + ".attn", layer_norm(h + ".ln_1", x))
        x = x + linear(h + ".mlp.c_proj", gelu(linear(h + ".mlp.c_fc", layer_norm(h + ".ln_2", x))))
    return layer_norm("ln_f", x) @ p["wte.weight"].T


def loss_of(batch):
    total, tokens = 0, 0
    for example in batch:
        ids = torch.tensor(example["ids"])
        first = example["contextLength"]
        total = total + F.cross_entropy(logits(ids[:-1])[first - 1 :], ids[first:], reduction="sum")
        tokens += len(ids) - first
    return total / tokens


matrices = [tensor for tensor in p.values() if tensor.dim() == 2]
vectors = [tensor for tensor in p.values() if tensor.dim() == 1]
optimizer = torch.optim.AdamW(
    [{"params": matrices, "weight_decay": config["weightDecay"]}, {"params": vectors, "weight_decay": 0}],
    lr=1,
    betas=(config["beta1"], config["beta2"]),
    eps=config["epsilon"],
)
losses, norms = [], []
for batch, rate in zip(inputs["batches"], inputs["learningRates"]):
    for group in optimizer.param_groups:
        group["lr"] = rate
    optimizer.zero_grad()
    loss = loss_of(batch)
    loss.backward()
    norms.append(torch.nn.utils.clip_grad_norm_(list(p.values()), config["gradientNorm"]).item())
    optimizer.step()
    losses.append(loss.item())

with open(os.path.join(os.path.dirname(__file__), "sft-expected.json"), "w") as file:
    json.dump({"torch": torch.__version__, "losses": losses, "gradientNorms": norms}, file, indent=1)
    file.write("\n")
