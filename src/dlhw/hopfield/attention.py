"""Claim 13: one update is single-head cross-attention with W_K = W_V = I and β = 1/√D.

It is for any number of queries, and at every step. Source: Ramsauer et al. 2020, section 3; Vaswani et al. 2017
for attention.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

from dlhw.hopfield.energy import Energy
from dlhw.hopfield.streaming import attend

Attention = Callable[[Tensor, Tensor], Tensor]
"""Queries (B, D) and patterns (N, D) to (B, D)."""

FLOORS = {torch.float64: 1e-12, torch.float32: 1e-5, torch.bfloat16: 2e-2}
"""Worst error over M for rows from N(0, 1) and D ≤ 512."""

STEPS = 3
PATTERNS_AT_MOST = 4096
"""Of a larger memory the first so many: the identity is one of formulas, and the plain ones hold B×N scores."""

BACKENDS = {
    "math": SDPBackend.MATH,
    "flash": SDPBackend.FLASH_ATTENTION,
    "memory-efficient": SDPBackend.EFFICIENT_ATTENTION,
    "cuDNN": SDPBackend.CUDNN_ATTENTION,
}


@dataclass(frozen=True)
class Implementation:
    """How one implementation of attention compares with the update.

    Args:
        name: which one.
        dtype: the type it computes in.
        worst: the largest error of an entry, over M.
        tolerance: what rounding may do.
        passed: ``None`` where it is shown, but not judged.
    """

    name: str
    dtype: str
    worst: float | None
    tolerance: float
    passed: bool | None


@dataclass(frozen=True)
class Control:
    """Something that is *not* the update, and must be told from it.

    Args:
        name: what was done wrong.
        worst: the largest error of an entry, over M.
        detected: it is far above the tolerance of the implementations.
    """

    name: str
    worst: float
    detected: bool


@dataclass(frozen=True)
class Comparison:
    """Claim 13, for one memory."""

    implementations: tuple[Implementation, ...]
    controls: tuple[Control, ...]

    @property
    def passed(self) -> bool:
        """Every implementation that is judged agrees, and every control is detected."""
        agree = all(each.passed is not False for each in self.implementations)
        return agree and all(each.detected for each in self.controls)

    def as_document(self) -> dict[str, Any]:
        """The object ``attention`` of the JSON document; its worst error and tolerance are those in float64."""
        exact = [each for each in self.implementations if each.dtype == "float64"]
        errors = [each.worst for each in exact]
        return {
            "passed": self.passed,
            "worst": None if None in errors else max(error for error in errors if error is not None),
            "tolerance": exact[0].tolerance,
            "implementations": [asdict(each) for each in self.implementations],
            "controls": [asdict(each) for each in self.controls],
        }


def compare_attention(patterns: Tensor, queries: Tensor) -> Comparison:
    """Run every implementation that is there, in three types, against the update in float64.

    Args:
        patterns: X, (N, D).
        queries: Q, (B, D). The first alone, all of them, and the states of three steps are compared.
    """
    X, Q = patterns[:PATTERNS_AT_MOST].double(), queries.double()
    return Comparison(tuple(_judge(X, Q)), tuple(_controls()))


def _judge(X: Tensor, Q: Tensor) -> Iterator[Implementation]:
    for dtype, floor in FLOORS.items():
        # Each type has its own rounded memory, and the update of that one, in float64, is the truth.
        rounded, batch = X.to(dtype), Q.to(dtype)
        energy = Energy(rounded.double())
        accumulated = torch.float32 if dtype == torch.bfloat16 else dtype
        for name, one_update, expected in _implementations(energy.dimension, dtype):
            worst, scale = 0.0, 1.0
            for q in (batch[:1], *_states(energy, batch)):
                error = (one_update(q, rounded).double() - expected(energy, q.double())).abs().max()
                worst = max(worst, float(error)) if error.isfinite() else math.nan
                scale = max(scale, 1 + energy.beta * energy.largest_norm * float(q.double().norm(dim=1).max()))
            # Scores larger than those of rows from N(0, 1) carry larger errors into the weights, as in claim 5a.
            tolerance = max(floor, 2 * torch.finfo(accumulated).eps * scale)
            error_over_norm = worst / (energy.largest_norm or 1.0)
            judged = dtype != torch.bfloat16 or name.startswith("scaled_dot_product_attention")
            yield Implementation(
                name,
                str(dtype).removeprefix("torch."),
                error_over_norm if math.isfinite(error_over_norm) else None,
                tolerance,
                error_over_norm <= tolerance if judged else None,
            )


def _states(energy: Energy, queries: Tensor) -> Iterator[Tensor]:
    """The queries and where they are after each of a few updates, in the queries' type."""
    q = queries
    for _ in range(STEPS):
        yield q
        q = energy.update(q.double()).to(queries.dtype)


def _implementations(
    dimension: int, dtype: torch.dtype
) -> Iterator[tuple[str, Attention, Callable[[Energy, Tensor], Tensor]]]:
    """Name, one update, and what it must equal."""

    def update(energy: Energy, q: Tensor) -> Tensor:
        return energy.update(q)

    yield "softmax(QXᵀ/√D)X", lambda Q, X: (Q @ X.T / math.sqrt(dimension)).softmax(dim=-1) @ X, update
    yield "a loop of f over the queries", _loop, update
    if dtype != torch.bfloat16:
        yield "dlhw, streamed in parts", lambda Q, X: attend(X, Q, 1 / math.sqrt(dimension), part=5).output, update
    yield "scaled_dot_product_attention", _scaled_dot_product, update
    for name, backend in BACKENDS.items():
        if _is_there(backend, dimension, dtype):
            yield f"scaled_dot_product_attention, {name}", _on_backend(backend), update
    for weights in (True, False):
        layer = identity_layer(dimension, 1, dtype)
        yield f"MultiheadAttention, need_weights={weights}", _through(layer, need_weights=weights), update
    heads = next((h for h in (4, 8, 2, 3, 5, 7) if dimension % h == 0 and dimension > h), None)
    if heads is not None:
        layer = identity_layer(dimension, heads, dtype)
        name = f"MultiheadAttention, {heads} heads = {heads} memories"
        yield name, _through(layer, need_weights=False), lambda energy, q: separate_heads(energy.patterns, q, heads)


def _controls() -> Iterator[Control]:
    """On a fixed memory, never on the user's, where saturation can hide a mistake."""
    generator = torch.Generator().manual_seed(0)
    X = torch.randn(8, 16, generator=generator, dtype=torch.float64)
    Q = torch.randn(3, 16, generator=generator, dtype=torch.float64)
    values = torch.randn(16, 16, generator=generator, dtype=torch.float64)
    energy = Energy(X)
    expected = energy.update(Q)
    scores = energy.scores(Q)
    for name, wrong in (
        ("β = 1 for 1/√D", Energy(X, 1.0).update(Q)),
        ("softmax over the queries", scores.softmax(dim=0) @ X),
        ("a random W_V", scores.softmax(dim=-1) @ (X @ values)),
        ("4 heads taken for one", _through(identity_layer(16, 4, X.dtype), need_weights=False)(Q, X)),
    ):
        worst = float((wrong - expected).abs().max()) / energy.largest_norm
        yield Control(name, worst, worst > 1e-3)


def separate_heads(patterns: Tensor, queries: Tensor, heads: int) -> Tensor:
    """H memories on slices of D/H coordinates, each with β = 1/√(D/H): what H heads compute."""
    slices = zip(patterns.chunk(heads, dim=1), queries.chunk(heads, dim=1), strict=True)
    return torch.cat([Energy(X).update(q) for X, q in slices], dim=1)


def identity_layer(dimension: int, heads: int, dtype: torch.dtype) -> nn.MultiheadAttention:
    """``nn.MultiheadAttention`` whose four projections are the identity."""
    layer = nn.MultiheadAttention(dimension, heads, bias=False, batch_first=True, dtype=dtype).eval()
    identity = torch.eye(dimension, dtype=dtype)
    with torch.no_grad():
        layer.in_proj_weight.copy_(identity.repeat(3, 1))
        layer.out_proj.weight.copy_(identity)
    return layer


def _loop(Q: Tensor, X: Tensor) -> Tensor:
    energy = Energy(X)
    return torch.stack([energy.update(q) for q in Q])


def _scaled_dot_product(Q: Tensor, X: Tensor) -> Tensor:
    return F.scaled_dot_product_attention(Q[None, None], X[None, None], X[None, None])[0, 0]


def _on_backend(backend: SDPBackend) -> Attention:
    def one_update(Q: Tensor, X: Tensor) -> Tensor:
        with sdpa_kernel(backend):
            return _scaled_dot_product(Q, X)

    return one_update


def _is_there(backend: SDPBackend, dimension: int, dtype: torch.dtype) -> bool:
    """Whether PyTorch has a kernel of that backend for this type here: it warns why not, and raises."""
    probe = torch.zeros(2, dimension, dtype=dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            _on_backend(backend)(probe, probe)
        except RuntimeError:
            return False
    return True


def _through(layer: nn.MultiheadAttention, *, need_weights: bool) -> Attention:
    def one_update(Q: Tensor, X: Tensor) -> Tensor:
        with torch.no_grad():
            output: Tensor = layer(Q[None], X[None], X[None], need_weights=need_weights)[0]
        return output[0]

    return one_update
