"""Networks as files that other programs run: PyTorch's exported programs (.pt2) and ONNX.

Each file is run again after it was written, by the program that will run it, and compared with the network.
"""

from __future__ import annotations

import importlib.util
import io
import json
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import torch
from torch import Tensor, nn

from dlhw.errors import DlhwError, UsageError
from dlhw.learning.files import write_atomically

Format = Literal["pt2", "onnx"]
FORMATS: tuple[Format, ...] = get_args(Format)

ENTRY = "dlhw"
"""The metadata's key in an ONNX file; a .pt2 holds ``dlhw.json`` beside the program."""

TOLERANCE = 1e-4
"""The largest difference of a network's outputs that rounding accounts for: they are computed in another order."""

ONNX_PACKAGES = ("onnx", "onnxscript", "onnxruntime")


@dataclass(frozen=True, kw_only=True)
class Exportable:
    """A module with an example of its inputs, which is all that an export needs."""

    name: str
    """Of the file, without its suffix."""

    module: nn.Module
    """In evaluation mode. Its ``forward`` names the inputs, and returns a tensor or a tuple."""

    inputs: tuple[Tensor, ...]
    """An example with a batch of at least 2: a batch of 1 would be taken as fixed."""

    input_names: tuple[str, ...]
    output_names: tuple[str, ...]
    metadata: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Exported:
    """A file that was written."""

    path: Path
    format: Format
    largest_difference: float
    """Of any output from the network's own, on the example."""

    def as_document(self) -> dict[str, Any]:
        return {
            "path": str(self.path),
            "format": self.format,
            "bytes": self.path.stat().st_size,
            "largest_difference": self.largest_difference,
            "tolerance": TOLERANCE,
        }


def check_formats(names: Sequence[str]) -> list[Format]:
    """The formats of these names, each once: refused before anything slow is done.

    Raises:
        UsageError: there is no such format, or the packages that write and run ONNX are missing.
    """
    formats: list[Format] = [each for each in FORMATS if each in names]
    if strange := [name for name in names if name not in FORMATS]:
        raise UsageError(f"“{strange[0]}” is no format of an export", f"there are {' and '.join(FORMATS)}")
    missing = [name for name in ONNX_PACKAGES if importlib.util.find_spec(name) is None]
    if "onnx" in formats and missing:
        raise UsageError(
            f"ONNX needs packages that are not installed: {', '.join(missing)}",
            "in the clone: uv sync --extra onnx (docs/install.md#extras); or take the format pt2",
        )
    return formats


def export(exportable: Exportable, folder: Path, formats: Sequence[Format]) -> list[Exported]:
    """Write a network in every format, and check each file.

    Args:
        exportable: the network.
        folder: where the files go; it exists.
        formats: which.

    Raises:
        DlhwError: a file computes other numbers than the network.
        RunError: a file cannot be written.
    """
    batch = torch.export.Dim("batch", min=1, max=4096)
    # The exporters tell developers of PyTorch about their own internals, on stderr.
    with warnings.catch_warnings(), _quiet("torch.onnx", "onnxscript", "onnx_ir"):
        warnings.simplefilter("ignore")
        program = torch.export.export(
            exportable.module, exportable.inputs, dynamic_shapes=tuple({0: batch} for _ in exportable.inputs)
        )
        written = []
        for each in formats:
            path = folder / f"{exportable.name}.{each}"
            outputs = (_write_program if each == "pt2" else _write_onnx)(program, exportable, path)
            written.append(Exported(path=path, format=each, largest_difference=_difference(exportable, outputs)))
    for one in written:
        if not one.largest_difference <= TOLERANCE:  # NaN is not
            raise DlhwError(
                f"{one.path} differs from the network by {one.largest_difference:.2g}, and {TOLERANCE:g} is allowed",
                "do not use the file; please report it with the output of dlhw --version",
            )
    return written


def _difference(exportable: Exportable, outputs: Sequence[Tensor]) -> float:
    with torch.inference_mode():
        expected = exportable.module(*exportable.inputs)
    expected = expected if isinstance(expected, tuple) else (expected,)
    pairs = [(one.double(), other.double()) for one, other in zip(expected, outputs, strict=True)]
    # Where both are −∞ there is no difference; the subtraction would say NaN.
    differences = [(one - other).abs().masked_fill(one == other, 0) for one, other in pairs]
    return max(float(difference.max()) for difference in differences if difference.numel())


def _write_program(program: Any, exportable: Exportable, path: Path) -> list[Tensor]:
    content = io.BytesIO()
    metadata = json.dumps(dict(exportable.metadata), ensure_ascii=False)
    torch.export.save(program, content, extra_files={f"{ENTRY}.json": metadata})
    write_atomically(path, content.getvalue())
    outputs = torch.export.load(path).module()(*exportable.inputs)
    return list(outputs) if isinstance(outputs, tuple) else [outputs]


def _write_onnx(program: Any, exportable: Exportable, path: Path) -> list[Tensor]:
    import onnx
    import onnxruntime

    from dlhw.learning.onnx_lstm import translation_table

    converted = torch.onnx.export(
        program,
        output_names=list(exportable.output_names),
        custom_translation_table=translation_table(),
        verbose=False,
    )
    assert converted is not None
    model = converted.model_proto
    onnx.helper.set_model_props(model, {ENTRY: json.dumps(dict(exportable.metadata), ensure_ascii=False)})
    write_atomically(path, model.SerializeToString())
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    taken = {one.name for one in session.get_inputs()}  # one that nothing depends on is absent
    named = dict(zip(exportable.input_names, exportable.inputs, strict=True))
    outputs = session.run(None, {name: tensor.numpy() for name, tensor in named.items() if name in taken})
    return [torch.from_numpy(output) for output in outputs]


@contextmanager
def _quiet(*names: str) -> Iterator[None]:
    """Loggers of these names report errors alone, within this context."""
    levels = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
