"""Bradley-Terry by maximum likelihood with scipy, vectorised over pairs of sources.

Reads one line of JSON { file, sources, rounds }: the file holds wins[i][j] as little-endian doubles. Prints the strengths, centred,
and the times of scipy's two fastest ways as JSON: a trust region with the exact curvature, and L-BFGS with the gradient only.
"""

import json
import sys
import time

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

task = json.loads(sys.stdin.readline())
sources = task["sources"]
wins = np.fromfile(task["file"], dtype="<f8").reshape(sources, sources)
n = wins + wins.T


def loss(theta):
    difference = theta[:, None] - theta[None, :]
    return float((wins * np.logaddexp(0, -difference)).sum())


def gradient(theta):
    p = expit(theta[:, None] - theta[None, :])
    return (n * p - wins).sum(axis=1)


def curvature(theta):
    p = expit(theta[:, None] - theta[None, :])
    v = n * p * (1 - p)
    return np.diag(v.sum(axis=1)) - v + 1  # the ones make the direction steep in which all strengths rise together


def fit(**options):
    times = []
    for _ in range(task["rounds"]):
        begin = time.perf_counter()
        found = minimize(loss, np.zeros(sources), jac=gradient, **options)
        times.append(time.perf_counter() - begin)
    return 1000 * sorted(times)[len(times) // 2], found.x - found.x.mean()


trust_ms, theta = fit(method="trust-exact", hess=curvature, options={"gtol": 1e-6})
lbfgs_ms, _ = fit(method="L-BFGS-B", options={"gtol": 1e-6, "ftol": 1e-15, "maxiter": 10000})
print(json.dumps({"theta": theta.tolist(), "trustMs": trust_ms, "lbfgsMs": lbfgs_ms}))
