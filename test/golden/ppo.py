"""The golden trajectories of PPO and PPO-ptx in PyTorch, from the inputs that ppo-inputs.mjs writes.

    python3 test/golden/ppo.py FOLDER [-small]

What every iteration measures, and what of the first step's gradients is compared, go to ppo-expected.json beside this file.
Made with PyTorch 1.13 on the CPU. Everything but the transformer is written here anew, from the papers' formulas: one row at
a time, gradients by autograd.
"""

import json
import os
import sys

import torch
import torch.nn.functional as F
from torch_gpt import Gpt, adamw, described, expected_file

folder = sys.argv[1]
with open(os.path.join(folder, "inputs.json")) as file:
    inputs = json.load(file)


def model(name, config):
    shape = config["architecture" if name == "policy" else "rewardArchitecture"]
    return Gpt(os.path.join(folder, name + ".safetensors"), shape)


class Episode:
    def __init__(self, row, config):
        self.context = len(row["context"])
        self.ids = torch.tensor(row["context"] + row["response"])
        self.tokens = len(row["response"])
        self.ended = row["response"][-1] == config["architecture"]["vocabularySize"] - 1
        after = config["rewardPlacement"] == "AFTER_EOS" and self.ended
        self.states = self.tokens + 1 if after and self.tokens < config["maxResponseTokens"] else self.tokens


def distribution(gpt, episode, config):
    logits = gpt.logits(episode.ids)[episode.context - 1 : -1] / config["temperature"]
    return logits.log_softmax(1)


def log_probs(gpt, episode, config):
    return distribution(gpt, episode, config).gather(1, episode.ids[episode.context :, None])[:, 0]


def values(gpt, episode):
    hidden = gpt.hidden_states(episode.ids)[episode.context - 1 : episode.context - 1 + episode.states]
    return gpt.linear("score", hidden)[:, 0]


def whiten(rows, shift_mean):
    every = torch.cat(rows)
    mean, variance = every.mean(), every.var(unbiased=False)
    return [(row - mean) * torch.rsqrt(variance + 1e-8) + (0 if shift_mean else mean) for row in rows]


def measure(policy, reference, reward, value, episodes, config):
    """Log-probabilities, values, advantages and returns before the update, and what is told of the rollout."""
    rewards, kls, scores, entropies = [], [], [], []
    for episode in episodes:
        episode.old = log_probs(policy, episode, config)
        episode.old_values = values(value, episode)
        ratio = episode.old - log_probs(reference, episode, config)
        everything = distribution(policy, episode, config)
        entropies.append(-(everything.exp() * everything).sum())
        kls.append(ratio.sum())
        score = reward.score(episode.ids) - (0 if episode.ended else config["missingEosPenalty"])
        scores.append(score)
        own = torch.zeros(episode.states)
        own[: episode.tokens] = -config["klCoefficient"] * ratio
        own[-1] += score
        rewards.append(own)
    if config["whitenRewards"]:
        rewards = whiten(rewards, False)
    advantages = []
    for episode, own in zip(episodes, rewards):
        advantage, after = torch.zeros(episode.states), 0.0
        for t in reversed(range(episode.states)):
            following = episode.old_values[t + 1] if t + 1 < episode.states else 0.0
            delta = own[t] + config["discount"] * following - episode.old_values[t]
            advantage[t] = after = delta + config["discount"] * config["gaeLambda"] * after
        episode.returns = advantage + episode.old_values
        advantages.append(advantage[: episode.tokens])
    for episode, advantage in zip(episodes, whiten(advantages, True)):
        episode.advantages = advantage
    mean = lambda numbers: torch.stack(numbers).mean().item()
    kl = mean(kls)
    return {
        "objective/scores": mean(scores),
        "objective/kl": kl,
        "objective/entropy": mean(entropies),
        "objective/non_score_reward": -config["klCoefficient"] * kl,
        "objective/rlhf_reward": mean(scores) - config["klCoefficient"] * kl,
        "ppo/response_length": sum(e.tokens for e in episodes) / len(episodes),
    }


def losses(policy, value, minibatch, config):
    """Sums over the minibatch, each divided by all of its tokens or states."""
    new = torch.cat([log_probs(policy, episode, config) for episode in minibatch])
    old = torch.cat([episode.old for episode in minibatch])
    advantages = torch.cat([episode.advantages for episode in minibatch])
    change = (new - old).clamp(-20, 20)
    ratio = change.exp()
    clip = config["clipRatio"]
    free, clipped = -advantages * ratio, -advantages * ratio.clamp(1 - clip, 1 + clip)
    v = torch.cat([values(value, episode) for episode in minibatch])
    old_v = torch.cat([episode.old_values for episode in minibatch])
    returns = torch.cat([episode.returns for episode in minibatch])
    held = old_v + (v - old_v).clamp(-config["valueClipRatio"], config["valueClipRatio"])
    free_v, held_v = (v - returns) ** 2, (held - returns) ** 2
    told = {
        "ppo/loss/policy": torch.max(free, clipped),
        "ppo/loss/value": 0.5 * torch.max(free_v, held_v),
        "ppo/policy/approxkl": 0.5 * change**2,
        "ppo/policy/clipfrac": (clipped > free).float(),
        # In float32 a value within the clip may differ from itself by rounding.
        "ppo/val/clipfrac": ((held_v > free_v) & ((v - old_v).abs() > config["valueClipRatio"])).float(),
        "ppo/val/ratio": ratio,
    }
    return told["ppo/loss/policy"].mean(), told["ppo/loss/value"].mean(), {k: x.detach() for k, x in told.items()}


def run(name, config, iterations):
    policy, reference, value, reward = (model(which, config) for which in ("policy", "policy", "reward", "reward"))
    for frozen in (reference, reward):
        for tensor in frozen.p.values():
            tensor.requires_grad_(False)
    average = {key: tensor.detach().clone() for key, tensor in policy.p.items()}
    optimizers = [(policy, adamw(policy.p, config)), (value, adamw(value.p, config))]
    first, result, step = None, [], 0
    for iteration in iterations:
        episodes = [Episode(row, config) for row in iteration["rollouts"]]
        with torch.no_grad():
            metrics = measure(policy, reference, reward, value, episodes, config)
        told, ptx, largest = [], [], 0.0
        for places in iteration["minibatches"]:
            policy_loss, value_loss, own = losses(policy, value, [episodes[place] for place in places], config)
            told.append(own)
            if config["ptxCoefficient"] > 0:
                count = config["minibatchSize"] * config["ptxRatio"]
                windows = [inputs["windows"][(step * count + i) % len(inputs["windows"])] for i in range(count)]
                rows = [torch.tensor(window) for window in windows]
                nats = sum(F.cross_entropy(policy.logits(row[:-1]), row[1:], reduction="sum") for row in rows)
                tokens = sum(len(row) - 1 for row in rows)
                ptx.append((nats.item(), tokens))
                policy_loss = policy_loss + config["ptxCoefficient"] * nats / tokens
            for (gpt, optimizer), loss, rate in zip(
                optimizers, (policy_loss, value_loss), (iteration["policyRate"], iteration["valueRate"])
            ):
                for group in optimizer.param_groups:
                    group["lr"] = rate
                optimizer.zero_grad()
                loss.backward()
            if first is None:
                first = {"policy": gradients(policy), "value": gradients(value)}
            for gpt, optimizer in optimizers:
                norm = torch.nn.utils.clip_grad_norm_(list(gpt.p.values()), config["gradientNorm"]).item()
                if gpt is policy:
                    largest = max(largest, norm)
                optimizer.step()
            step += 1
        for key, tensor in policy.p.items():
            average[key] = config["emaDecay"] * average[key] + (1 - config["emaDecay"]) * tensor.detach()
        for key in told[0]:
            metrics[key] = torch.cat([own[key] for own in told]).mean().item()
        if ptx:
            metrics["ppo/loss/ptx"] = sum(nats for nats, _ in ptx) / sum(tokens for _, tokens in ptx)
        result.append({**metrics, "train/grad_norm": largest})
    norms = {key: tensor.double().norm().item() for key, tensor in average.items()}
    return {"name": name, "iterations": result, "gradients": first, "averageNorms": norms}


def gradients(gpt):
    return described({name: tensor.grad for name, tensor in gpt.p.items()}, inputs["places"])


def first_step(config, iterations):
    """The gradients of one step with all episodes of the first iteration."""
    places = [list(range(config["batchSize"]))]
    single = [{**iterations[0], "minibatches": places}]
    return run("", {**config, "minibatchSize": config["batchSize"]}, single)["gradients"]


cases = [
    {**run(case["name"], case["config"], case["iterations"]), "gradients": first_step(case["config"], case["iterations"])}
    for case in inputs["cases"]
]
with open(expected_file("ppo"), "w") as file:
    json.dump({"torch": torch.__version__, "cases": cases}, file, indent=1)
    file.write("\n")
