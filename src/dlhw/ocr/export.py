"""A recogniser as files that other programs run: the encoder, and one step of the decoder.

Whoever reads a word runs the encoder once and the step once a letter; ``examples/read_with_onnxruntime.py`` does so in
twenty lines. Images are padded to the greatest width: no feature depends on padding.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from dlhw import __version__
from dlhw.learning.export import Exportable, Exported, Format, export
from dlhw.ocr.alphabet import END, FIRST_CHARACTER, PAD, START
from dlhw.ocr.decoder import DecoderState, Memory
from dlhw.ocr.decoding.interface import log_probabilities
from dlhw.ocr.network import WordNetwork
from dlhw.ocr.preprocessing import HEIGHT, MAX_WIDTH, MIN_WIDTH, PREPROCESSING
from dlhw.ocr.recognizer import Recognizer

ENCODER, STEP = "encoder", "decoder-step"


class ExportedEncoder(nn.Module):
    """(B, 32, 256) uint8 and (B,) int64 → what :class:`ExportedStep` takes: its first state, and what it looks at."""

    names = ("hidden", "cell", "states", "keys", "mask")

    def __init__(self, network: WordNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor, widths: Tensor) -> tuple[Tensor, ...]:
        """Hidden and cell state (B, D); states (B, T, 2H), keys (B, T, A) and mask (B, T) of 64 columns."""
        memory = self.network.encode(images[:, None], widths)
        state = self.network.begin(memory)
        return state.hidden[:, 0], state.cell[:, 0], memory.states, memory.keys, memory.mask


class ExportedStep(nn.Module):
    """One letter further: log-probabilities of the next token (B, V), the states (B, D), the attention (B, T)."""

    names = ("log_probabilities", "next_hidden", "next_cell", "attention")

    def __init__(self, network: WordNetwork, temperature: float) -> None:
        super().__init__()
        self.decoder, self.temperature = network.decoder, temperature

    def forward(
        self, tokens: Tensor, hidden: Tensor, cell: Tensor, states: Tensor, keys: Tensor, mask: Tensor
    ) -> tuple[Tensor, ...]:
        """Tokens (B,) int64, and what the encoder or the step before returned."""
        state = DecoderState(hidden[:, None], cell[:, None])
        memory = Memory(states, keys, mask, states[:, 0])  # a step does not look at the summary
        logits, state, attention = self.decoder.step(tokens[:, None], state, memory)
        scores = log_probabilities(logits[:, 0] / self.temperature)
        return scores, state.hidden[:, 0], state.cell[:, 0], attention[:, 0]


def export_recognizer(recognizer: Recognizer, folder: Path, formats: Sequence[Format]) -> list[Exported]:
    """Write the encoder and the decoder's step in every format; raises as :func:`dlhw.learning.export.export` does.

    Args:
        recognizer: on the CPU.
        folder: where the files go; it exists.
        formats: which.
    """
    network, metadata = recognizer.network.eval(), describe(recognizer)
    images, widths = _example()
    encoder, step = ExportedEncoder(network).eval(), ExportedStep(network, recognizer.temperature).eval()
    with torch.inference_mode():
        encoded = encoder(images, widths)
    start = torch.full((len(images),), START)
    encoder_inputs, step_inputs = ("images", "widths"), ("tokens", *ExportedEncoder.names)
    return [
        *export(
            Exportable(
                name=ENCODER,
                module=encoder,
                inputs=(images, widths),
                input_names=encoder_inputs,
                output_names=ExportedEncoder.names,
                metadata=metadata,
            ),
            folder,
            formats,
        ),
        *export(
            Exportable(
                name=STEP,
                module=step,
                inputs=(start, *(tensor.clone() for tensor in encoded)),
                input_names=step_inputs,
                output_names=ExportedStep.names,
                metadata=metadata,
            ),
            folder,
            formats,
        ),
    ]


def describe(recognizer: Recognizer) -> dict[str, Any]:
    """The metadata of both files: all that reading needs besides."""
    return {
        "dlhw": __version__,
        "kind": "word recogniser",
        "characters": recognizer.alphabet.as_header(),
        "tokens": {"padding": PAD, "start": START, "end": END, "first_character": FIRST_CHARACTER},
        "attention": recognizer.attends,
        "preprocessing": PREPROCESSING,
        "input": {"height": HEIGHT, "width": MAX_WIDTH, "least_width": MIN_WIDTH, "padding": "zeros on the right"},
        "temperature": recognizer.temperature,
    }


def _example() -> tuple[Tensor, Tensor]:
    """Noise of several widths: every column counts in it, where a word has margins."""
    rng = np.random.default_rng(0)
    widths = [MAX_WIDTH, 101, MIN_WIDTH]
    images = np.zeros((len(widths), HEIGHT, MAX_WIDTH), dtype=np.uint8)
    for image, width in zip(images, widths, strict=True):
        image[:, :width] = rng.integers(0, 256, (HEIGHT, width))
    return torch.from_numpy(images), torch.tensor(widths)
