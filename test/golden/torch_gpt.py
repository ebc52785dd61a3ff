"""GPT in PyTorch for the golden trajectories: read from safetensors, hidden states of one sequence, and our AdamW."""

import json
import math
import os
import struct
import sys

import torch
import torch.nn.functional as F

torch.set_num_threads(1)


def expected_file(name):
    """Where the results of a case go: of the small one, if the second argument says so."""
    size = sys.argv[2] if len(sys.argv) > 2 else ""
    return os.path.join(os.path.dirname(__file__), f"{name}{size}-expected.json")


def described(gradients, places):
    """What of gradients is compared, by parameter: norm, largest entry, and the entries at some places."""
    result = {}
    for name, gradient in gradients.items():
        flat = gradient.flatten()
        result[name] = {
            "norm": flat.double().norm().item(),
            "largest": flat.abs().max().item(),
            "entries": [flat[place].item() for place in places[name]],
        }
    return result


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


class Gpt:
    def __init__(self, path, architecture):
        self.p = read_safetensors(path)
        self.width, self.heads, self.layers = (architecture[name] for name in ("width", "heads", "layers"))

    def linear(self, name, x):
        return x @ self.p[name + ".weight"] + self.p[name + ".bias"]

    def layer_norm(self, name, x):
        return F.layer_norm(x, (self.width,), self.p[name + ".weight"], self.p[name + ".bias"], 1e-5)

    def attention(self, name, x):
        length = x.shape[0]
        parts = self.linear(name + ".c_attn", x).split(self.width, 1)
        q, k, v = (part.reshape(length, self.heads, -1).transpose(0, 1) for part in parts)
        scores = q @ k.transpose(1, 2) / math.sqrt(self.width // self.heads)
        later = torch.ones(length, length, dtype=torch.bool).triu(1)
        weights = scores.masked_fill(later, -math.inf).softmax(-1)
        return self.linear(name + ".c_proj", (weights @ v).transpose(0, 1).reshape(length, self.width))

    def hidden_states(self, ids):
        x = self.p["wte.weight"][ids] + self.p["wpe.weight"][: len(ids)]
        for layer in range(self.layers):
            h = f"h.{layer}"
            x = x + self.attention(h + ".attn", self.layer_norm(h + ".ln_1", x))
            inner = gelu(self.linear(h + ".mlp.c_fc", self.layer_norm(h + ".ln_2", x)))
            x = x + self.linear(h + ".mlp.c_proj", inner)
        return self.layer_norm("ln_f", x)

    def logits(self, ids):
        return self.hidden_states(ids) @ self.p["wte.weight"].T

    def score(self, ids):
        return self.linear("score", self.hidden_states(ids)[-1:])[0, 0]


def gelu(x):
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def adamw(parameters, config):
    matrices = [tensor for tensor in parameters.values() if tensor.dim() == 2]
    vectors = [tensor for tensor in parameters.values() if tensor.dim() == 1]
    return torch.optim.AdamW(
        [{"params": matrices, "weight_decay": config["weightDecay"]}, {"params": vectors, "weight_decay": 0}],
        lr=1,
        betas=(config["beta1"], config["beta2"]),
        eps=config["epsilon"],
    )


def train(parameters, config, batches, rates, loss_of):
    """Losses and gradient norms of each step, and the first step's gradients."""
    optimizer = adamw(parameters, config)
    losses, norms, first = [], [], None
    for batch, rate in zip(batches, rates):
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        loss = loss_of(batch)
        loss.backward()
        if first is None:
            first = {name: tensor.grad.clone() for name, tensor in parameters.items()}
        norms.append(torch.nn.utils.clip_grad_norm_(list(parameters.values()), config["gradientNorm"]).item())
        optimizer.step()
        losses.append(loss.item())
    return losses, norms, first
