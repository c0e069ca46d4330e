"""Make the recognisers that come with the package from two finished runs.

    python -m dlhw.ocr.pretrained.packing runs/ocr-train/1 runs/ocr-train/2

The first run has attention and the second has not. Weights are rounded to half precision, which takes half the space;
a recogniser computes in single precision all the same.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from dlhw.errors import CheckpointError, DlhwError, UsageError
from dlhw.learning.checkpoint import load_checkpoint, save_checkpoint
from dlhw.learning.chosen import chosen_checkpoint
from dlhw.learning.files import read_json, write_atomically, write_json
from dlhw.learning.run import CONFIG, ENVIRONMENT, RESULT
from dlhw.ocr.pretrained import CHECKSUMS, FOLDER, NAMES, sha256
from dlhw.ocr.recognizer import load_recognizer

PROVENANCE = "README.md"


def pack(runs: Mapping[bool, Path], folder: Path = FOLDER) -> list[Path]:
    """Write the two recognisers, their hashes and where they come from.

    Args:
        runs: the finished runs with attention (``True``) and without.
        folder: where the files go.

    Returns:
        The two files of weights.

    Raises:
        CheckpointError: a run is not of the kind it is given for, or has a weight that half precision cannot hold.
        RunError: a run is not finished, or a file cannot be written.
    """
    results = {attention: dict(read_json(run / RESULT)) for attention, run in runs.items()}
    paths = []
    for attention, run in runs.items():
        source = chosen_checkpoint(run)
        network = load_recognizer(source, device=torch.device("cpu")).network
        if (network.architecture.attention > 0) != attention:
            raise CheckpointError(f"{run} is no run {'with' if attention else 'without'} attention")
        weights, header = load_checkpoint(source, kind="weights")
        paths.append(folder / f"{NAMES[attention]}.safetensors")
        save_checkpoint(paths[-1], {name: _halved(name, tensor) for name, tensor in weights.items()}, header)
    write_json(folder / CHECKSUMS, {path.name: sha256(path) for path in paths})
    lines = [_provenance(NAMES[attention], run, results[attention]) for attention, run in runs.items()]
    write_atomically(folder / PROVENANCE, "\n".join(["# Where these weights come from", "", *lines, ""]).encode())
    return paths


def _halved(name: str, tensor: Tensor) -> Tensor:
    if not tensor.is_floating_point():  # batch normalisation counts its batches
        return tensor
    halved = tensor.half()
    if not torch.isfinite(halved).all():
        raise CheckpointError(f"{name} has values that half precision cannot hold")
    return halved


def _provenance(name: str, run: Path, result: Mapping[str, Any]) -> str:
    config, environment = read_json(run / CONFIG), read_json(run / ENVIRONMENT)
    versions = ", ".join(f"{package} {version}" for package, version in environment["versions"].items())
    data, test = result["data"], result["test"]
    fonts = "" if not data.get("fonts") else f" in {data['fonts']['train']} font faces"
    return (
        f"- `{name}.safetensors`: best epoch, {result['best_epoch']}, of {result['last_epoch']} epochs of "
        f"{config['words']:,} {data['source']}{fonts}; seed {config['seed']}, batches of {config['batch_size']}, "
        f"highest learning rate {config['learning_rate']:g}; {environment['device_name']}, {versions}. Before it was "
        f"rounded to half precision: CER {test['cer']:.4f}, WER {test['wer']:.4f} on {test['words']:,} test words, "
        "beam 3."
    )


def main() -> None:
    """Read the two runs' folders from the command line."""
    try:
        if len(sys.argv) != 3:
            raise UsageError("two runs are needed, with attention and without")
        for path in pack({True: Path(sys.argv[1]), False: Path(sys.argv[2])}):
            print(f"{path}: {path.stat().st_size:,} bytes")
    except DlhwError as error:
        sys.exit(f"error: {error.message}")


if __name__ == "__main__":
    main()
