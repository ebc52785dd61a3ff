"""Krippendorff's nominal alpha with a cluster bootstrap in numpy: the same sums and the same algorithm, vectorised.

Reads one line of JSON { file, clusters, resamples, rounds, seed }: the file holds a q·q coincidence matrix for every cluster as
little-endian doubles. Equal matrices are kept once. Prints the value, the quantiles and two times as JSON: drawnMs draws every
cluster of every resample, as the cluster bootstrap is defined; multinomialMs draws how often each distinct matrix occurs.
"""

import json
import sys
import time

import numpy as np

task = json.loads(sys.stdin.readline())
rows = np.fromfile(task["file"], dtype="<f8").reshape(task["clusters"], -1)
q = int(round(rows.shape[1] ** 0.5))
off = ~np.eye(q, dtype=bool)
random = np.random.default_rng(task["seed"])


def alpha(sums):
    tables = sums.reshape(-1, q, q)
    marginals = tables.sum(axis=2)
    n = marginals.sum(axis=1)
    observed = tables[:, off].sum(axis=1)
    expected = n**2 - (marginals**2).sum(axis=1)
    return 1 - (n - 1) * observed / expected


def drawn(pattern_of, distinct, counts):
    weights = np.empty((task["resamples"], len(distinct)))
    for resample in range(task["resamples"]):
        picks = random.integers(len(pattern_of), size=len(pattern_of), dtype=np.int32)
        weights[resample] = np.bincount(pattern_of[picks], minlength=len(distinct))
    return weights


def multinomial(pattern_of, distinct, counts):
    return random.multinomial(len(pattern_of), counts / len(pattern_of), size=task["resamples"])


def measured(draw):
    times = []
    for _ in range(task["rounds"]):
        begin = time.perf_counter()
        distinct, pattern_of, counts = np.unique(rows, axis=0, return_inverse=True, return_counts=True)
        pattern_of = pattern_of.reshape(-1).astype(np.uint16 if len(distinct) < 65536 else np.int32)
        values = alpha(draw(pattern_of, distinct, counts) @ distinct)
        times.append(time.perf_counter() - begin)
    return 1000 * sorted(times)[len(times) // 2], values


drawn_ms, values = measured(drawn)
multinomial_ms, _ = measured(multinomial)
print(
    json.dumps(
        {
            "value": float(alpha(rows.sum(axis=0, keepdims=True))[0]),
            "low": float(np.quantile(values, 0.025)),
            "high": float(np.quantile(values, 0.975)),
            "drawnMs": drawn_ms,
            "multinomialMs": multinomial_ms,
        }
    )
)
