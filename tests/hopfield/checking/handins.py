"""Hand-ins as people write them: right in different styles, and with a mistake each."""

from __future__ import annotations

NUMPY = """
import numpy as np

def lse(q, X, beta):
    z = beta * X @ q
    return (z.max() + np.log(np.exp(z - z.max()).sum())) / beta

def convex_part(q, X, beta):
    M = np.linalg.norm(X, axis=1).max()
    return 0.5 * q @ q + np.log(len(X)) / beta + 0.5 * M**2

def concave_part(q, X, beta):
    return -lse(q, X, beta)

def energy(q, X, beta):
    return convex_part(q, X, beta) + concave_part(q, X, beta)

def weights(q, X, beta):
    z = beta * X @ q
    e = np.exp(z - z.max())
    return e / e.sum()

def update(q, X, beta):
    return X.T @ weights(q, X, beta)

def gradient(q, X, beta):
    return q - update(q, X, beta)

def curvature(q, X, beta):
    p = weights(q, X, beta)
    return beta * X.T @ (np.diag(p) - np.outer(p, p)) @ X

def hessian(q, X, beta):
    return np.eye(len(q)) - curvature(q, X, beta)
"""

ATTENTION = """
def attention(Q, K, V):
    Z = Q @ K.T / np.sqrt(Q.shape[-1])
    E = np.exp(Z - Z.max(axis=-1, keepdims=True))
    return E / E.sum(axis=-1, keepdims=True) @ V
"""
"""To be put after the numpy ones."""

TORCH = """
import math
import torch
from torch import softmax

def energy(q, X, beta):
    M2 = (X * X).sum(1).max()
    return -torch.logsumexp(beta * (X @ q), 0) / beta + 0.5 * torch.dot(q, q) + math.log(X.shape[0]) / beta + M2 / 2

def update(q, X, beta):
    return softmax(beta * (X @ q), 0) @ X

def gradient(q, X, beta):
    return q - update(q, X, beta)

def hessian(q, X, beta):
    p = softmax(beta * (X @ q), 0)
    centred = X - p @ X
    return torch.eye(len(q), dtype=q.dtype) - beta * centred.T @ (p[:, None] * centred)
"""

BATCHED = """
import torch

def energy(Q, X, beta):
    N = torch.tensor(float(len(X)))
    lse = torch.logsumexp(beta * Q @ X.T, dim=1, keepdim=True) / beta
    M = X.norm(dim=1).max()
    return -lse + 0.5 * (Q * Q).sum(dim=1, keepdim=True) + torch.log(N.double()) / beta + 0.5 * M**2

def update(Q, X, beta):
    return torch.softmax(beta * Q @ X.T, dim=1) @ X

def hessian(Q, X, beta):
    p = torch.softmax(beta * Q @ X.T, dim=1)
    P = torch.diag_embed(p) - p[:, :, None] * p[:, None, :]
    return torch.eye(X.shape[1], dtype=Q.dtype) - beta * X.T @ P @ X

def attention(Q, K, V):
    return torch.nn.functional.scaled_dot_product_attention(Q, K, V)
"""

EINSUM = """
from numpy import einsum, exp, eye, log, newaxis

def _p(q, X, beta):
    z = beta * einsum("...d,nd->...n", q, X)
    e = exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)

def energy(q, X, beta=1.0):
    z = beta * einsum("...d,nd->...n", q, X)
    top = z.max(-1)
    lse = top + log(exp(z - top[..., newaxis]).sum(-1))
    M2 = einsum("nd,nd->n", X, X).max()
    return 0.5 * einsum("...d,...d->...", q, q) + (log(len(X)) - lse) / beta + 0.5 * M2

def update(q, X, beta=1.0):
    return einsum("...n,nd->...d", _p(q, X, beta), X)

def hessian(q, X, beta=1.0):
    p = _p(q, X, beta)
    f = update(q, X, beta)
    second = einsum("...n,nd,ne->...de", p, X, X)
    return eye(X.shape[1]) - beta * (second - einsum("...d,...e->...de", f, f))
"""

SINGLE = """
import numpy as np

def energy(q, X, beta):
    q, X = np.float32(q), X.astype(np.float32)
    z = np.float32(beta) * X @ q
    lse = (z.max() + np.log(np.exp(z - z.max()).sum())) / np.float32(beta)
    return float(0.5 * q @ q - lse + np.log(len(X)) / beta + 0.5 * (X**2).sum(1).max())

def update(q, X, beta):
    q, X = q.astype("f4"), X.astype("f4")
    z = np.float32(beta) * X @ q
    e = np.exp(z - z.max())
    return e / e.sum() @ X

def gradient(q, X, beta):
    return np.float32(q) - update(q, X, beta)
"""

AUTOGRAD = """
import torch

def energy(q, X, beta):
    lse = torch.logsumexp(beta * X @ q, dim=0) / beta
    log_n = torch.log(torch.tensor(float(len(X)), dtype=q.dtype))
    return 0.5 * q @ q - lse + log_n / beta + 0.5 * X.norm(dim=1).max() ** 2

def gradient(q, X, beta):
    q = q.clone().requires_grad_()
    return torch.autograd.grad(energy(q, X, beta), q)[0]

def hessian(q, X, beta):
    return torch.autograd.functional.hessian(lambda state: energy(state, X, beta), q)
"""

RIGHT = {
    "numpy": NUMPY,
    "torch": TORCH,
    "batched": BATCHED,
    "einsum": EINSUM,
    "float32": SINGLE,
    "autograd": AUTOGRAD,
}
"""Right, in six styles."""

OTHER_WAYS = {
    "patterns first": """
import numpy as np
def update(X, q, beta):
    e = np.exp(beta * X @ q - (beta * X @ q).max())
    return (e / e.sum()) @ X
""",
    "names of its own, and by keyword": """
import numpy as np
def update(state_pattern, stored_patterns, *, beta):
    z = beta * stored_patterns @ state_pattern
    e = np.exp(z - z.max())
    return list((e / e.sum()) @ stored_patterns)
""",
    "a fixed beta": """
import numpy as np
BETA = 0.3
def update(q, X):
    z = BETA * X @ q
    e = np.exp(z - z.max())
    return (e / e.sum()) @ X
""",
    "the beta of attention": """
import numpy as np
def update(q, X):
    z = X @ q / np.sqrt(len(q))
    e = np.exp(z - z.max())
    return (e / e.sum()) @ X
""",
    "in place": """
import numpy as np
def update(q, X, beta):
    q *= beta
    z = X @ q
    z -= z.max()
    X *= (np.exp(z) / np.exp(z).sum())[:, None]
    return X.sum(axis=0)
""",
    "columns as vectors, one at a time": """
import numpy as np
def gradient(q, X, beta):
    q = q.reshape(-1, 1)
    z = X @ q * beta
    p = np.exp(z - z.max()) / np.exp(z - z.max()).sum()
    return q - X.T @ p
""",
    "a sum over everything, for one query": """
import numpy as np
def update(q, X, beta):
    z = q @ X.T * beta
    e = np.exp(z - z.max())
    return e / e.sum() @ X
""",
    "no shift before exp": """
import numpy as np
def update(q, X, beta):
    with np.errstate(all="ignore"):
        e = np.exp(np.float32(beta * X @ q))
        return e / e.sum() @ X
""",
    "prints, asks, and a guard": """
import numpy as np
print("loading " * 10_000)
if __name__ == "__main__":
    raise SystemExit(1)
try:
    input("name: ")
except EOFError:
    pass
def update(q, X, beta):
    print(q)
    z = beta * X @ q
    e = np.exp(z - z.max())
    return (e / e.sum()) @ X
""",
}
"""Right, called or written in other ways."""

MISTAKEN = {
    # β dropped from the Hessian, in torch, with everything else right.
    "beta": TORCH.replace("- beta * centred.T", "- centred.T"),
    "sign": NUMPY.replace("return -lse(q, X, beta)", "return lse(q, X, beta)"),
    "axis": BATCHED.replace("torch.softmax(beta * Q @ X.T, dim=1)", "torch.softmax(beta * Q @ X.T, dim=0)"),
    "log-n": EINSUM.replace("(log(len(X)) - lse) / beta", "log(len(X)) - lse / beta"),
    "norm": AUTOGRAD.replace("X.norm(dim=1).max() ** 2", "X.abs().max() ** 2"),
    "transpose": NUMPY.replace("def update(q, X, beta):\n    return X.T @ weights(q, X, beta)", """
def update(q, X, beta):
    X = X.T
    return X.T @ weights(q, X, beta)
"""),
}  # fmt: skip
"""The six mistakes of ``--mutate``, made by hand."""

MORE_MISTAKES = {
    "softmax-beta": ("update", NUMPY.replace("z = beta * X @ q\n    e =", "z = X @ q\n    e =")),
    "lse-beta": ("log_sum_exp", NUMPY.replace("np.exp(z - z.max()).sum())) / beta", "np.exp(z - z.max()).sum()))")),
    "gradient": ("gradient", NUMPY.replace("return q - update", "return -q + update")),
    "hessian": ("hessian", NUMPY.replace("return np.eye(len(q)) - curvature", "return curvature")),
    "hessian-sign": ("hessian", NUMPY.replace("np.eye(len(q)) - curvature", "np.eye(len(q)) + curvature")),
    "square": ("convex_part", NUMPY.replace("0.5 * q @ q", "q @ q")),
    "norm-half": ("convex_part", NUMPY.replace("0.5 * M**2", "M**2")),
    "norm-square": ("convex_part", NUMPY.replace("0.5 * M**2", "0.5 * M")),
    "no-norm": ("convex_part", NUMPY.replace(" + 0.5 * M**2", "")),
    "no-log-n": ("convex_part", NUMPY.replace(" + np.log(len(X)) / beta", "")),
    "norm-all": ("convex_part", NUMPY.replace("np.linalg.norm(X, axis=1).max()", "np.linalg.norm(X)")),
    "norm-columns": ("convex_part", NUMPY.replace("axis=1", "axis=0")),
    "no-outer-product": ("curvature", NUMPY.replace("(np.diag(p) - np.outer(p, p))", "np.diag(p)")),
    "attention-scale": ("weights", NUMPY.replace("z = beta * X @ q\n    e =", "z = X @ q / len(q)**.5\n    e =")),
    "transpose": (
        "update",
        NUMPY.replace("def update(q, X, beta):", "def update(q, X, beta):\n    X = X.T.reshape(X.shape)"),
    ),
    "update-beta": ("update", NUMPY.replace("return X.T @ weights", "return beta * X.T @ weights")),
}
"""Other mistakes, and a function that makes each."""
