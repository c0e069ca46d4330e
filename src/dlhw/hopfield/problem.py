"""A memory, its queries and β, from files or drawn from a seed: what both commands of Question 1 begin with."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from dlhw.errors import UsageError
from dlhw.hopfield.energy import Energy
from dlhw.hopfield.memory import add_noise, draw_patterns, load_queries, load_share
from dlhw.hopfield.number_range import check_queries
from dlhw.hopfield.share import Share
from dlhw.learning.files import write_atomically
from dlhw.learning.ranks import ALONE, Ranks
from dlhw.learning.seeds import check_seed

COUNT, DIMENSION, SEED = 8, 64, 42


@dataclass(frozen=True)
class Problem:
    """What is asked.

    Args:
        energy: E of the memory and β.
        queries: Q, (B, D), of the patterns' type.
        source: where the patterns are from, in words.
        seed: of all that is drawn.
    """

    energy: Energy
    queries: Tensor
    source: str
    seed: int


def pose(
    patterns: Path | None = None,
    query: Path | None = None,
    *,
    count: int | None = None,
    dimension: int | None = None,
    beta: float | None = None,
    seed: int | None = None,
    ranks: Ranks = ALONE,
) -> Problem:
    """Load or draw a memory and its queries.

    Args:
        patterns: a file; by default patterns of ±1 are drawn.
        query: a file of queries; by default the first pattern with noise.
        count: N, for patterns that are drawn; 8 by default.
        dimension: D, for patterns that are drawn; 64 by default.
        beta: β; 1/√D by default.
        seed: of what is drawn; 42 by default.
        ranks: those that share the patterns of a file, above 4,096 of them.

    Raises:
        DataError: a file cannot be used.
        UsageError: an option is out of range, or count or dimension is given for a file.
    """
    seed = SEED if seed is None else seed
    generator = torch.Generator().manual_seed(check_seed(seed))
    if patterns is None:
        X = draw_patterns(COUNT if count is None else count, DIMENSION if dimension is None else dimension, generator)
        share = Share(0, len(X))
        source = "random patterns of ±1"
    else:
        for name, value in (("count", count), ("dimension", dimension)):
            if value is not None:
                raise UsageError(f"`{name}` draws patterns, and `patterns` gives them", f"leave `{name}` out")
        with ranks.agreed():
            X, share = load_share(patterns, ranks)
        source = str(patterns)
        ranks.check_same("patterns", {"count": share.count, "dimension": X.shape[1], "type": str(X.dtype)})
    with ranks.agreed():
        energy = Energy(X, beta, share=share)
    if query is None:
        first = energy.rows(torch.zeros(1, dtype=torch.int64))[0]
        Q = torch.from_numpy(share.ranks.broadcast(add_noise(first, generator).numpy()))
    else:
        with ranks.agreed():
            Q = load_queries(query, X.shape[1]).to(X.dtype)
            check_queries(Q, energy.beta, str(query))
    return Problem(energy, Q, source, seed)


def write_states(path: Path, states: Tensor) -> None:
    """Write states (B, D) as a ``.npy`` file of their own type, which ``--query`` reads again.

    Raises:
        RunError: the file cannot be written.
    """
    content = io.BytesIO()
    np.save(content, states.cpu().numpy(), allow_pickle=False)
    write_atomically(path, content.getvalue())
