"""What every way of decoding shares: what it asks of a network, and what it returns.

A text's probability is what the network gives its characters and the ``END`` behind them, one after the other:
log P(text) = Σ log P(character | image, characters before) + log P(END | image, all characters). ``PAD`` and
``START`` have probability 0, the rest is normalised without them, in float32 also under autocast. Hence the
probabilities of all texts sum to 1.

A text has at most ``max_length`` characters; there ``END`` is the only thing that may follow, at its own probability.
A text that was ended in this way, though the network would have continued, is marked as truncated.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from dlhw.errors import DlhwError
from dlhw.ocr.alphabet import END

MAX_LENGTH = 32
"""Characters of a text by default."""

LONGEST = 64
"""Characters of a text that is read or measured, at most, where no reference is longer: as many as a label may have."""

COMPACT_BELOW = 0.9
"""Images that are done leave the batch when fewer than this share remains. To copy the rest of the memory costs a
tenth of a step with attention."""


def greatest_length(references: Iterable[str]) -> int:
    """How many characters a text may have where it is compared with references: as many as the longest of them, and
    :data:`MAX_LENGTH` at least. Whatever validates, calibrates and measures takes this limit, so that a network that
    reads everything rightly has no error in any of them."""
    return max(MAX_LENGTH, max(map(len, references), default=0))


class Tensors(Protocol):
    """A named tuple whose fields are all tensors."""

    def __iter__(self) -> Iterator[Tensor]: ...


class Memory(Tensors, Protocol):
    """What the encoder saw, computed once an image: a named tuple of tensors whose first axis is B."""

    @property
    def mask(self) -> Tensor:
        """True where there is image and False where the row is padded behind it, (B, T)."""


TensorsT = TypeVar("TensorsT", bound=Tensors)
StateT = TypeVar("StateT", bound=Tensors)
MemoryT = TypeVar("MemoryT", bound=Memory)
MemoryT_contra = TypeVar("MemoryT_contra", bound=Memory, contravariant=True)


class StepNetwork(Protocol[MemoryT_contra, StateT]):
    """A network that writes a text one character at a time.

    Its state is a named tuple of tensors whose first two axes are (B, K): what each of K hypotheses of each of B
    images has come to. Its memory is shared by an image's hypotheses and never copied for each.
    """

    def begin(self, memory: MemoryT_contra, /) -> StateT:
        """The state before the first character, (B, 1, …)."""

    def step(self, tokens: Tensor, state: StateT, memory: MemoryT_contra, /) -> tuple[Tensor, StateT, Tensor]:
        """Go on by one character.

        Args:
            tokens: the characters that came last, (B, K) int64.
            state: of each hypothesis, (B, K, …).
            memory: (B, …), which the K hypotheses of an image share.

        Returns:
            Logits of the next character (B, K, V), the state (B, K, …), and where the network looked (B, K, T).
        """


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A text that an image may show."""

    tokens: tuple[int, ...]
    """Its characters' numbers, without ``END``."""

    log_probability: float
    """log P(text | image), ``END`` counted."""

    truncated: bool
    """Whether ``max_length`` ended it where the network would have continued."""

    attention: NDArray[np.float32] | None = field(default=None, compare=False)
    """Where the network looked for each character, (characters, T) with the image's own T, without padding; ``None``
    where it was not asked for."""

    letters: tuple[float, ...] | None = field(default=None, compare=False)
    """log P of each character, the image and the characters before it given; ``None`` where it was not kept."""

    @property
    def confidence(self) -> float:
        """P(text | image)."""
        return math.exp(self.log_probability)


class Decoder(Protocol):
    """A way from a network to texts."""

    def decode(
        self,
        network: StepNetwork[MemoryT, StateT],
        memory: MemoryT,
        *,
        indices: Sequence[int] | None = None,
        attention: bool = False,
    ) -> list[list[Candidate]]:
        """Read a batch of images.

        Args:
            network: in evaluation mode.
            memory: of B images.
            indices: the images' places in the whole set, which seed what is random; 0 to B − 1 if not given, which
                is right for a single batch only.
            attention: whether candidates carry their attention, which costs memory: B · K · T numbers a character.

        Returns:
            For each image its distinct candidates, the best first.

        Raises:
            DlhwError: the network's logits are not numbers.
        """


def log_probabilities(logits: Tensor) -> Tensor:
    """The distribution of the next token, as decoders and scores use it.

    Args:
        logits: (…, V) in any precision.

    Returns:
        (…, V) float32; −∞ for ``PAD`` and ``START``.
    """
    logits = logits.to(torch.float32, copy=True)  # never write into what belongs to the network
    logits[..., :END] = -torch.inf
    return logits.log_softmax(dim=-1)


def not_a_number() -> DlhwError:
    """The error for a network whose logits have no largest one."""
    return DlhwError("the network's output is not a number", "its weights are damaged, or its training diverged")


def select_images(tensors: TensorsT, rows: Tensor) -> TensorsT:
    """The memory or the state of some of the images. (B, …) each, (b,) int64 → (b, …) each"""
    return _rebuilt(tensors, [tensor.index_select(0, rows) for tensor in tensors])


def select_hypotheses(state: StateT, parents: Tensor) -> StateT:
    """The state that each new hypothesis takes over.

    Args:
        state: (B, C, …) each.
        parents: which of an image's C hypotheses each of its K new ones continues, (B, K) int64.

    Returns:
        (B, K, …) each.
    """

    def selected(tensor: Tensor) -> Tensor:
        # One index for whole rows is several times as fast as a gather, which reads an index for every number.
        first = torch.arange(0, len(tensor) * tensor.shape[1], tensor.shape[1], device=tensor.device)[:, None]
        rows = tensor.flatten(0, 1).index_select(0, (first + parents).flatten())
        return rows.view(*parents.shape, *rows.shape[1:])

    return _rebuilt(state, [selected(tensor) for tensor in state])


def _rebuilt(like: TensorsT, tensors: list[Tensor]) -> TensorsT:
    return type(like)(*tensors)  # a named tuple takes its fields one by one
