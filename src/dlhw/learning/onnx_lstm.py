"""PyTorch's LSTM as ONNX's operator of that name.

Without it the exporter writes an LSTM out step by step, thousands of nodes for a word.
Definition: https://onnx.ai/onnx/operators/onnx__LSTM.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch


def translation_table() -> dict[Any, Callable[..., Any]]:
    """What :func:`torch.onnx.export` takes as ``custom_translation_table``."""
    return {torch.ops.aten.lstm.input: _lstm}


def _lstm(
    sequence: Any,
    initial: Sequence[Any],
    weights: Sequence[Any],
    has_biases: bool,
    layers: int,
    dropout: float,
    train: bool,
    bidirectional: bool,
    batch_first: bool,
) -> Any:
    """One layer in one direction, the batch first: (B, T, I) → (B, T, H), (1, B, H), (1, B, H)."""
    import onnxscript

    op: Any = onnxscript.opset18

    if not has_biases or layers != 1 or bidirectional or not batch_first:
        raise ValueError("only one layer with biases in one direction, the batch first, is translated")

    def gates(rows: Any) -> Any:
        # PyTorch has input, forget, cell, output; ONNX has input, output, forget, cell.
        i, f, g, o = op.Split(rows, num_outputs=4, axis=0)
        return op.Concat(i, o, f, g, axis=0)

    to_gates, recurrent, *biases = weights
    directions = op.Constant(value_ints=[0])
    states, hidden, cell = op.LSTM(
        op.Transpose(sequence, perm=[1, 0, 2]),  # (T, B, I)
        op.Unsqueeze(gates(to_gates), directions),  # (1, 4H, I)
        op.Unsqueeze(gates(recurrent), directions),  # (1, 4H, H)
        op.Unsqueeze(op.Concat(*map(gates, biases), axis=0), directions),  # (1, 8H)
        None,
        *initial,
        hidden_size=int(recurrent.shape[1]),
    )
    # (T, 1, B, H) → (B, T, H)
    return op.Transpose(op.Squeeze(states, op.Constant(value_ints=[1])), perm=[1, 0, 2]), hidden, cell
