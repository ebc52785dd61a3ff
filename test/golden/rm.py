"""The golden trajectory of a reward model in PyTorch, from the inputs that rm-inputs.mjs writes.

    python3 test/golden/rm.py FOLDER [-small]

Losses, accuracies, gradient norms and what of the first step's gradients is compared go to rm-expected.json beside this
file. Made with PyTorch 1.13 on the CPU.
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
accuracies = []


def loss_of(batch):
    """Each prompt: the mean of -log sigma over its strict votes, every text forwarded once; the mean over the prompts."""
    loss, right = 0, 0
    for prompt in batch:
        scores = [model.score(torch.tensor(ids)) for ids in prompt["texts"]]
        votes = prompt["votes"]
        loss = loss - sum(F.logsigmoid(scores[w] - scores[l]) for w, l in votes) / len(votes)
        right += sum(bool(scores[w] > scores[l]) for w, l in votes) / len(votes)
    accuracies.append(right / len(batch))
    return loss / len(batch)


losses, norms, first = train(model.p, config, inputs["batches"], inputs["learningRates"], loss_of)
with open(expected_file("rm"), "w") as file:
    result = {"torch": torch.__version__, "losses": losses, "accuracies": accuracies, "gradientNorms": norms}
    result["gradients"] = described(first, inputs["places"])
    json.dump(result, file, indent=1)
    file.write("\n")
