"""The same GPT in PyTorch, trained and sampled from on request: a line of JSON each way, as bench/support/peer.mjs has it.

Argument: a JSON of { architecture, batch, threads, values, optimizer, ids }.
"""
import json
import math
import resource
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

TASK = json.loads(sys.argv[1])
A = TASK["architecture"]
OPTIMIZER = TASK["optimizer"]
LAYERS, HEADS, WIDTH, CONTEXT, VOCABULARY = (
    A[name] for name in ("layers", "heads", "width", "contextLength", "vocabularySize")
)
torch.set_num_threads(TASK["threads"])
LATER = torch.triu(torch.ones(CONTEXT, CONTEXT, dtype=torch.bool), 1)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1, self.c_attn, self.attn_proj = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.ln_2, self.c_fc, self.mlp_proj = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x, cache=None):
        rows, length, _ = x.shape
        heads = lambda t: t.view(rows, length, HEADS, WIDTH // HEADS).transpose(1, 2)
        q, k, v = map(heads, self.c_attn(self.ln_1(x)).split(WIDTH, 2))
        if cache is not None:
            if cache:
                k, v = torch.cat([cache["k"], k], 2), torch.cat([cache["v"], v], 2)
            cache["k"], cache["v"] = k, v
        scores = q @ k.transpose(-2, -1) / math.sqrt(WIDTH // HEADS)
        if length > 1:
            scores = scores.masked_fill(LATER[:length, :length], float("-inf"))
        mixed = (F.softmax(scores, -1) @ v).transpose(1, 2).reshape(rows, length, WIDTH)
        x = x + self.attn_proj(mixed)
        return x + self.mlp_proj(F.gelu(self.c_fc(self.ln_2(x)), approximate="tanh"))


class GPT(nn.Module):
    def __init__(self):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(VOCABULARY, WIDTH), nn.Embedding(CONTEXT, WIDTH)
        self.blocks = nn.ModuleList([Block() for _ in range(LAYERS)])
        self.ln_f = nn.LayerNorm(WIDTH)

    def forward(self, ids, first=0, caches=None):
        x = self.wte(ids) + self.wpe.weight[first : first + ids.shape[1]]
        for index, block in enumerate(self.blocks):
            x = block(x, caches[index] if caches else None)
        return self.ln_f(x) @ self.wte.weight.t()


def load(model):
    """Parameters stand one after another in GPT-2's order, weights as [in, out]."""
    values = torch.frombuffer(bytearray(open(TASK["values"], "rb").read()), dtype=torch.float32)
    at = 0

    def fill(parameter, transposed=False):
        nonlocal at
        shape = parameter.shape[::-1] if transposed else parameter.shape
        part = values[at : at + parameter.numel()].view(*shape)
        parameter.data.copy_(part.t() if transposed else part)
        at += parameter.numel()

    def fill_module(module):
        fill(module.weight, isinstance(module, nn.Linear))
        fill(module.bias)

    fill(model.wte.weight)
    fill(model.wpe.weight)
    for block in model.blocks:
        for module in (block.ln_1, block.c_attn, block.attn_proj, block.ln_2, block.c_fc, block.mlp_proj):
            fill_module(module)
    fill_module(model.ln_f)
    assert at == len(values), (at, len(values))


model = GPT()
load(model)
state = {}


def train(steps):
    if not state:
        state["model"] = GPT()
        load(state["model"])
        state["optimizer"] = torch.optim.AdamW(
            state["model"].parameters(),
            OPTIMIZER["learningRate"],
            (OPTIMIZER["beta1"], OPTIMIZER["beta2"]),
            OPTIMIZER["epsilon"],
            OPTIMIZER["weightDecay"],
        )
    ids = torch.tensor(TASK["ids"])
    losses, times = [], []
    for _ in range(steps):
        begin = time.perf_counter()
        state["optimizer"].zero_grad()
        logits = state["model"](ids[:, :-1])
        loss = F.cross_entropy(logits.reshape(-1, VOCABULARY), ids[:, 1:].reshape(-1))
        loss.backward()
        nn.utils.clip_grad_norm_(state["model"].parameters(), OPTIMIZER["gradientNorm"])
        state["optimizer"].step()
        losses.append(loss.item())
        times.append((time.perf_counter() - begin) * 1000)
    return {"losses": losses, "times": times}


@torch.no_grad()
def generate(contexts, max_tokens, temperature):
    begin = time.perf_counter()
    ids = torch.tensor(contexts)
    caches = [{} for _ in range(LAYERS)]
    logits = model(ids, 0, caches)[:, -1]
    response = []
    while True:
        chosen = logits.argmax(-1, True) if temperature == 0 else torch.multinomial(F.softmax(logits / temperature, -1), 1)
        response.append(chosen)
        if len(response) == max_tokens:
            break
        logits = model(chosen, ids.shape[1] + len(response) - 1, caches)[:, -1]
    responses = torch.cat(response, 1).tolist()
    return {"ms": (time.perf_counter() - begin) * 1000, "responses": responses}


for line in sys.stdin:
    request = json.loads(line)
    if "steps" in request:
        answer = train(request["steps"])
    elif "contexts" in request:
        answer = generate(request["contexts"], request["maxTokens"], request["temperature"])
    else:
        answer = {"peakMB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
    print(json.dumps(answer), flush=True)
