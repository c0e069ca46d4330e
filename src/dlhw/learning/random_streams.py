"""Independent streams of random numbers from one seed, each with a name.

Arithmetic on seeds does not make streams independent: PyTorch's CPU generator takes only the lowest 32 bits of a seed,
so that ``seed + 2**62`` is the stream of ``seed``, and numpy fills ``[7, 1]`` up with zeros, so that it is the stream
of ``[7, 1, 0]``. Here name and indices are hashed together with the seed, by ``numpy.random.SeedSequence``.

Two streams are as they were before this module, since measured numbers depend on them, and each is apart from those
beside it: the first weights and dropout of a network, ``torch.manual_seed(seed)``, and the order of the images in an
epoch, :func:`epoch_order`.
"""

from __future__ import annotations

import hashlib

import numpy as np
import torch
from torch import Tensor


def seed_sequence(seed: int, name: str, *indices: int) -> np.random.SeedSequence:
    """The stream called ``name`` of a seed, or the one with these indices, such as an epoch's number.

    Args:
        seed: 0 or more.
        name: what the stream is for, as in ``augmentation``.
        indices: 0 or more each, below 2³².
    """
    words = np.frombuffer(hashlib.blake2b(name.encode(), digest_size=16).digest(), dtype="<u4")
    return np.random.SeedSequence(seed, spawn_key=(*words.tolist(), *indices))


def numpy_generator(seed: int, name: str, *indices: int) -> np.random.Generator:
    """A numpy generator at the beginning of :func:`seed_sequence`."""
    return np.random.default_rng(seed_sequence(seed, name, *indices))


def torch_generator(seed: int, name: str, *indices: int) -> torch.Generator:
    """A PyTorch generator on the CPU, seeded by :func:`seed_sequence`.

    It takes 32 bits: of 200 such streams, as a training of 100 epochs has, any two are the same with a probability of
    5 · 10⁻⁶.
    """
    return torch.Generator().manual_seed(int(seed_sequence(seed, name, *indices).generate_state(1)[0]))


def epoch_order(count: int, seed: int, epoch: int) -> Tensor:
    """The order of ``count`` examples in epoch ``epoch`` (from 1), (count,) int64, the same on every device."""
    return torch.randperm(count, generator=torch.Generator().manual_seed(seed * 1_000_003 + epoch))
