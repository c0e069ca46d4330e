"""The network of Question 3: an encoder that looks, a decoder that writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

import torch
from torch import Tensor, nn

from dlhw.ocr.alphabet import Alphabet
from dlhw.ocr.decoder import Decoder, DecoderState, Memory
from dlhw.ocr.encoder import Encoder

ROWS_A_LETTER = ("decoder.embedding.weight", "decoder.output.weight", "decoder.output.bias")
"""The only weights that know letters: a row for each token, in the alphabet's order."""


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """The sizes of a network; a checkpoint's header holds them."""

    alphabet_size: int
    """V: the letters, and the marks for padding, start and end."""

    attention: int = 128
    """A: size of the attention's hidden layer. 0 is the network without attention."""

    channels: tuple[int, ...] = (32, 64, 128, 128, 256, 256)
    """Outputs of the convolutions."""

    encoder: int = 192
    """H: units of the encoder's LSTM in each direction."""

    decoder: int = 256
    """D: units of the decoder's LSTM."""

    embedding: int = 64
    """E: size of a letter's vector."""

    def as_header(self) -> dict[str, Any]:
        """The same as plain values."""
        return asdict(self) | {"channels": list(self.channels)}

    @classmethod
    def from_header(cls, header: Mapping[str, Any]) -> Self:
        """The architecture that a checkpoint's header describes."""
        return cls(**{**header, "channels": tuple(header["channels"])})


class WordNetwork(nn.Module):
    """Reads an image of a word letter by letter. :mod:`dlhw.ocr.decoding.interface` searches with it."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.architecture = architecture
        self.encoder = Encoder(architecture.channels, architecture.encoder)
        self.decoder = Decoder(
            alphabet_size=architecture.alphabet_size,
            memory=2 * architecture.encoder,
            embedding=architecture.embedding,
            hidden=architecture.decoder,
            attention=architecture.attention,
        )

    def forward(self, images: Tensor, widths: Tensor, tokens: Tensor) -> Tensor:
        """Logits of every next letter by teacher forcing: the true letters are read, as in training.

        Args:
            images: (B, 1, 32, W) uint8, W a multiple of four; zero right of each image.
            widths: (B,) int64, columns of pixels of each image.
            tokens: (B, L) int64, the word behind the start mark.

        Returns:
            (B, L, V)
        """
        return self.decoder.teach(tokens, self.encode(images, widths))

    def encode(self, images: Tensor, widths: Tensor) -> Memory:
        """What the decoder may look at; arguments as for :meth:`forward`."""
        return self.decoder.remember(self.encoder(images, widths))

    def begin(self, memory: Memory) -> DecoderState:
        """The decoder's state before the first letter, (B, 1, D)."""
        return self.decoder.begin(memory)

    def step(self, tokens: Tensor, state: DecoderState, memory: Memory) -> tuple[Tensor, DecoderState, Tensor]:
        """One letter further, for K hypotheses an image: see :meth:`dlhw.ocr.decoder.Decoder.step`."""
        return self.decoder.step(tokens, state, memory)


@torch.no_grad()
def grow(network: WordNetwork, alphabet: Alphabet, larger: Alphabet) -> WordNetwork:
    """The same network for an alphabet that has further letters behind its own.

    Every weight is kept; what the new letters need begins at random.

    Args:
        network: trained with ``alphabet``.
        alphabet: its letters.
        larger: from :meth:`Alphabet.extended`.
    """
    if larger.characters[: len(alphabet.characters)] != alphabet.characters:
        raise ValueError("the larger alphabet does not begin with the smaller one")
    grown = WordNetwork(replace(network.architecture, alphabet_size=larger.size))
    weights = grown.state_dict()
    for name, weight in network.state_dict().items():
        if name in ROWS_A_LETTER:
            weights[name][: len(weight)] = weight
        else:
            weights[name] = weight
    grown.load_state_dict(weights)
    return grown
