"""A trained network for a larger alphabet: ``dlhw ocr train --from CHECKPOINT``."""

from __future__ import annotations

from dataclasses import replace

import torch

from dlhw.ocr.alphabet import Alphabet
from dlhw.ocr.network import WordNetwork

ROWS_A_LETTER = ("decoder.embedding.weight", "decoder.output.weight", "decoder.output.bias")
"""The only weights that know letters: a row for each token, in the alphabet's order."""


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
