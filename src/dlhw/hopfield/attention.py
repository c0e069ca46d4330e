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
from dlhw.hopfield.share import WHOLE_AT_MOST
from dlhw.hopfield.streaming import attend

Attention = Callable[[Tensor, Tensor], Tensor]
"""Queries (B, D) and patterns (N, D) to (B, D)."""

FLOORS = {torch.float64: 1e-12, torch.float32: 1e-5, torch.bfloat16: 2e-2}
"""Worst error over M for rows from N(0, 1) and D ≤ 512."""

STEPS = 3
PATTERNS_AT_MOST = WHOLE_AT_MOST
"""Of a larger memory the first so many: the identity is one of formulas, and the plain ones hold B×N scores."""

QUERIES_AT_MOST = 1024
COORDINATES_AT_MOST = 512
"""Of a state that a layer of projections is given, at random: its four identities of D×D numbers would take 1.5 GB for
an image of 6,912 numbers, and a minute. A slice of the memory is a memory, to which the identity applies as well."""

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
    """Something that is *not* the update, and must be distinguished from it.

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
    """Claim 13, for one memory.

    Args:
        implementations: each in three types.
        controls: what is not the update.
        patterns: how many were compared with, of those there are.
        queries: how many were asked.
        coordinates: how many of a pattern the layers of projections were given; the other functions have them all.
    """

    implementations: tuple[Implementation, ...]
    controls: tuple[Control, ...]
    patterns: int
    queries: int
    coordinates: int

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
            "patterns": self.patterns,
            "queries": self.queries,
            "coordinates": self.coordinates,
        }


def first_patterns(energy: Energy) -> Tensor:
    """The patterns of a memory that are compared with, (N, D); 4,096 of a larger one."""
    return energy.rows(torch.arange(min(energy.count, PATTERNS_AT_MOST)))


def compare_attention(patterns: Tensor, queries: Tensor) -> Comparison:
    """Run every implementation that is there, in three types, against the update in float64.

    Args:
        patterns: X, (N, D).
        queries: Q, (B, D). The first alone, all of them, and the states of three steps are compared.
    """
    X, Q = patterns[:PATTERNS_AT_MOST].double(), queries[:QUERIES_AT_MOST].double()
    coordinates = _sample(X.shape[1])
    return Comparison(
        tuple(_judge(X, Q, coordinates)),
        tuple(_controls()),
        patterns=len(X),
        queries=len(Q),
        coordinates=len(coordinates),
    )


def _judge(X: Tensor, Q: Tensor, coordinates: Tensor) -> Iterator[Implementation]:
    for dtype, floor in FLOORS.items():
        whole = _Memory.rounded(X, Q, dtype)
        part = whole if len(coordinates) == X.shape[1] else _Memory.rounded(X[:, coordinates], Q[:, coordinates], dtype)
        accumulated = torch.float32 if dtype == torch.bfloat16 else dtype
        for candidate in (*_functions(X.shape[1], dtype), *_layers(len(coordinates), dtype)):
            memory = part if candidate.layer else whole
            energy, worst, scale = memory.energy, 0.0, 1.0
            for q in memory.states:
                missed = candidate.update(q, memory.patterns).double() - candidate.truth(energy, q.double())
                error = missed.abs().max()
                worst = max(worst, float(error)) if error.isfinite() else math.nan
                scale = max(scale, 1 + energy.beta * energy.largest_norm * float(q.double().norm(dim=1).max()))
            # Scores larger than those of rows from N(0, 1) carry larger errors into the weights, as in claim 5a.
            tolerance = max(floor, 2 * torch.finfo(accumulated).eps * scale)
            error_over_norm = worst / (energy.largest_norm or 1.0)
            judged = dtype != torch.bfloat16 or candidate.name.startswith("scaled_dot_product_attention")
            yield Implementation(
                candidate.name,
                str(dtype).removeprefix("torch."),
                error_over_norm if math.isfinite(error_over_norm) else None,
                tolerance,
                error_over_norm <= tolerance if judged else None,
            )


@dataclass(frozen=True)
class _Memory:
    """A memory in a type, in which it has its own rounding; its update in float64 is the truth.

    Args:
        patterns: X in that type, (N, D).
        energy: E of these, in float64.
        states: the first query, all of them, and where these are after each of a few updates.
    """

    patterns: Tensor
    energy: Energy
    states: tuple[Tensor, ...]

    @classmethod
    def rounded(cls, X: Tensor, Q: Tensor, dtype: torch.dtype) -> _Memory:
        patterns, q = X.to(dtype), Q.to(dtype)
        energy = Energy(patterns.double())
        states = [q[:1], q]
        for _ in range(STEPS - 1):
            q = energy.update(q.double()).to(dtype)
            states.append(q)
        return cls(patterns, energy, tuple(states))


@dataclass(frozen=True)
class _Candidate:
    """An implementation of attention: one update, what it must equal, and whether it is a layer of projections."""

    name: str
    update: Attention
    truth: Callable[[Energy, Tensor], Tensor]
    layer: bool = False


def _functions(dimension: int, dtype: torch.dtype) -> Iterator[_Candidate]:
    beta = 1 / math.sqrt(dimension)
    yield _Candidate("softmax(QXᵀ/√D)X", lambda Q, X: (Q @ X.T * beta).softmax(dim=-1) @ X, Energy.update)
    yield _Candidate("a loop of f over the queries", _loop, Energy.update)
    if dtype != torch.bfloat16:
        yield _Candidate("dlhw, streamed in parts", lambda Q, X: attend(X, Q, beta, part=5).output, Energy.update)
    yield _Candidate("scaled_dot_product_attention", _scaled_dot_product, Energy.update)
    for name, backend in BACKENDS.items():
        if _is_there(backend, dimension, dtype):
            yield _Candidate(f"scaled_dot_product_attention, {name}", _on_backend(backend), Energy.update)


def _layers(dimension: int, dtype: torch.dtype) -> Iterator[_Candidate]:
    layer = identity_layer(dimension, 1, dtype)
    for weights in (True, False):
        through = _through(layer, need_weights=weights)
        yield _Candidate(f"MultiheadAttention, need_weights={weights}", through, Energy.update, layer=True)
    heads = next((h for h in (4, 8, 2, 3, 5, 7) if dimension % h == 0 and dimension > h), None)
    if heads is not None:
        through = _through(identity_layer(dimension, heads, dtype), need_weights=False)
        yield _Candidate(
            f"MultiheadAttention, {heads} heads = {heads} memories",
            through,
            lambda energy, q: separate_heads(energy.patterns, q, heads),
            layer=True,
        )


def _sample(dimension: int) -> Tensor:
    """The coordinates that layers are given, ascending."""
    generator = torch.Generator().manual_seed(0)
    return torch.randperm(dimension, generator=generator)[:COORDINATES_AT_MOST].sort().values


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
