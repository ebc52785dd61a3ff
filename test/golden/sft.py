"""The golden trajectory of SFT in PyTorch, from the inputs that sft-inputs.mjs writes.

    python3 test/golden/sft.py FOLDER

Losses and gradient norms go to sft-expected.json beside this file. Made with PyTorch 1.13 on the CPU.
"""

import json
import os
import sys

import torch
import torch.nn.functional as F
from torch_gpt import Gpt, train

folder = sys.argv[1]
with open(os.path.join(folder, "inputs.json")) as file:
    inputs = json.load(file)
config = inputs["config"]
model = Gpt(os.path.join(folder, "weights.safetensors"), config["architecture"])


def loss_of(batch):
    total, tokens = 0, 0
    for example in batch:
        ids = torch.tensor(example["ids"])
        first = example["contextLength"]
        total = total + F.cross_entropy(model.logits(ids[:-1])[first - 1 :], ids[first:], reduction="sum")
        tokens += len(ids) - first
    return total / tokens


losses, norms, _ = train(model.p, config, inputs["batches"], inputs["learningRates"], loss_of)
with open(os.path.join(os.path.dirname(__file__), "sft-expected.json"), "w") as file:
    json.dump({"torch": torch.__version__, "losses": losses, "gradientNorms": norms}, file, indent=1)
    file.write("\n")
