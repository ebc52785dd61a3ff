"""The golden trajectory of SFT in PyTorch, from the inputs that sft-inputs.mjs writes.

    python3 test/golden/sft.py FOLDER [-small]

Losses, gradient norms and what of the first step's gradients is compared go to sft-expected.json beside this file. Made with PyTorch 1.13 on the CPU.
"""

import json
import os
import sys

import torch
import torch.nn.functional as F
from torch_gpt import Gpt, described, expected_file, train

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


losses, norms, first = train(model.p, config, inputs["batches"], inputs["learningRates"], loss_of)
with open(expected_file("sft"), "w") as file:
    result = {"torch": torch.__version__, "losses": losses, "gradientNorms": norms}
    result["gradients"] = described(first, inputs["places"])
    json.dump(result, file, indent=1)
    file.write("\n")
