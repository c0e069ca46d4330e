"""Make the recognisers that come with the package from runs of ``dlhw ocr train``.

    python -m dlhw.ocr.pretrained.packing runs/ocr-train/1 runs/ocr-train/2
    python -m dlhw.ocr.pretrained.packing runs/ocr-train/1
    python -m dlhw.ocr.pretrained.packing reader=runs/ocr-train/3
    python -m dlhw.ocr.pretrained.packing

A run with attention replaces the recogniser ``attention``, one without ``no-attention``, unless another name of the
package stands before it; what no run is given for stays. Of a run the best epoch by its validation words is taken; one
at a constant learning rate needs no end, and its best epoch so far is measured on its test words here.
Weights are rounded to half precision, which takes half the space; a recogniser computes in single precision all the
same. The temperature is fitted to the rounded weights, on the run's validation words, and for ``reader``, which reads
with a second look and a prior, how their scores become probabilities as well; without a run, they are fitted anew to
the recognisers that are there.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from dlhw.errors import CheckpointError, DlhwError, UsageError
from dlhw.learning.checkpoint import halved, load_checkpoint, save_checkpoint
from dlhw.learning.checkpoints import chosen_checkpoint
from dlhw.learning.device import choose_precision
from dlhw.learning.files import write_atomically
from dlhw.learning.packaged import write_checksums
from dlhw.learning.result_schemas import ReadingResult
from dlhw.learning.run import RESULT, read_config, read_environment, read_result
from dlhw.learning.schemas import ReadingNumbers
from dlhw.learning.trial_folder import TrialFolder
from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.evaluation import evaluate
from dlhw.ocr.evaluation_dataset import asked_words, load_evaluation_dataset
from dlhw.ocr.experiment import has_attention
from dlhw.ocr.pretrained import ATTENTION, FOLDER, NAMES, NO_ATTENTION, READER
from dlhw.ocr.prior.frequencies import word_frequencies
from dlhw.ocr.prior.words import WordPrior
from dlhw.ocr.recognizer import load_recognizer
from dlhw.ocr.rendering.workers import Renderer
from dlhw.ocr.second_look.calibration import fitted_calibrations
from dlhw.ocr.second_look.settings import ReadingSettings
from dlhw.ocr.sources import load_words
from dlhw.ocr.temperature import calibrated_temperature
from dlhw.ocr.training_dataset import Request, render_split
from dlhw.ocr.training_provenance import described_words

PROVENANCE, TITLE = "README.md", "# Where these weights come from"
CPU = torch.device("cpu")


def pack(runs: Mapping[str, Path], folder: Path = FOLDER) -> list[Path]:
    """Write recognisers, their hashes and where they come from; those that no run is given for stay.

    Args:
        runs: runs by the names that their recognisers get.
        folder: where the files go.

    Returns:
        The files of weights that were written.

    Raises:
        CheckpointError: a run is not of the kind it is given for, or has a weight that half precision cannot hold.
        RunError: a run's files are damaged, or a file cannot be written.
    """
    said = _provenances(folder)
    paths = []
    for name, run in runs.items():
        attention = name != NO_ATTENTION
        source = chosen_checkpoint(run)
        network = load_recognizer(source, device=CPU).network
        if (network.architecture.attention > 0) != attention:
            raise CheckpointError(f"{run} is no run {'with' if attention else 'without'} attention, as {name} needs")
        result = read_result(run, ReadingResult) if (run / RESULT).exists() else _measured(source)
        weights, header = load_checkpoint(source, kind="weights")
        path = folder / f"{name}.safetensors"
        save_checkpoint(path, {key: halved(key, tensor) for key, tensor in weights.items()}, header)
        calibrate(path, asked_words(source))
        said[path.name] = _provenance(path.name, run, result)
        paths.append(path)
    lines = [said[name] for name in sorted(said)]
    write_atomically(folder / PROVENANCE, "\n".join([TITLE, "", *lines, ""]).encode())
    write_checksums(folder, _packed(folder))
    return paths


def calibrate(path: Path, request: Request | None = None) -> float:
    """Fit the temperature of a checkpoint to its own validation words, and write it into its header.

    Of the recogniser ``reader`` also how it reads: with a second look and a prior over the words of its language, and
    with what makes probabilities of both.

    Args:
        path: the checkpoint.
        request: its words; by default what :func:`dlhw.ocr.evaluation_dataset.asked_words` says.
    """
    request = request or asked_words(path)
    if request.data is None:
        with Renderer(torch.get_num_threads()) as renderer:
            mix = described_words(path).get("mix", "full")  # its own validation words; earlier checkpoints do not say
            words = render_split(request.word_source(), "validation", renderer, difficulty=mix)
    else:
        words = load_words(request.data, max_megapixels=request.max_megapixels).for_training().validation
    recognizer = load_recognizer(path, device=CPU, precision=choose_precision("auto", CPU))
    temperature = calibrated_temperature(recognizer, words)
    weights, header = load_checkpoint(path, kind="weights")
    header["architecture"]["temperature"] = temperature
    if path.stem == READER:
        language = request.language or "en"
        prior = WordPrior(frequencies=word_frequencies(language))
        fitted = fitted_calibrations(replace(recognizer, temperature=temperature), words, prior)
        settings = ReadingSettings(second_look=True, prior=language, calibrations=fitted)
        header["architecture"]["reading"] = settings.as_header()
    save_checkpoint(path, weights, header)
    return temperature


def calibrate_all(folder: Path = FOLDER) -> list[Path]:
    """Fit the temperatures of the recognisers that are there anew."""
    paths = _packed(folder)
    for path in paths:
        calibrate(path)
    write_checksums(folder, _packed(folder))
    return paths


def _packed(folder: Path) -> list[Path]:
    return [path for name in NAMES if (path := folder / f"{name}.safetensors").exists()]


def _provenances(folder: Path) -> dict[str, str]:
    """What is said of each file so far, by its name."""
    path = folder / PROVENANCE
    lines = path.read_text().splitlines() if path.exists() else []
    return {line.split("`")[1]: line for line in lines if line.startswith("- `")}


def _measured(checkpoint: Path) -> dict[str, Any]:
    """What a result will say of a run that goes on, of its best epoch so far: the parts that its provenance tells."""
    _, header = load_checkpoint(checkpoint, kind="weights")
    dataset = load_evaluation_dataset(checkpoint)
    recognizer = load_recognizer(checkpoint, device=CPU, precision=choose_precision("auto", CPU))
    scores = evaluate(recognizer, dataset.words, BeamSearch(width=3)).scores
    return {
        "best_epoch": header["epoch"],
        "last_epoch": TrialFolder(checkpoint.parent).metrics()[-1]["epoch"],
        "data": {"source": dataset.source, "fonts": {"train": described_words(checkpoint)["faces"]["count"]}},
        "test": {"words": len(dataset.words), "cer": scores.cer.value, "wer": scores.wer.value},
    }


def _provenance(name: str, run: Path, result: Mapping[str, Any]) -> str:
    config, environment = read_config(run, ReadingNumbers), read_environment(run)
    versions = ", ".join(f"{package} {version}" for package, version in environment["versions"].items())
    data, test = result["data"], result["test"]
    fonts = "" if not data.get("fonts") else f" in {data['fonts']['train']} font faces"
    mix = "" if config.get("mix", "full") == "full" else f" (mix {config['mix']})"
    continued = "" if config.get("from") is None else "; continued from other weights"
    return (
        f"- `{name}`: best epoch, {result['best_epoch']}, of {result['last_epoch']} epochs of "
        f"{config['words']:,} {data['source']}{mix}{fonts}{continued}; seed {config['seed']}, "
        f"batches of {config['batch_size']}, "
        f"highest learning rate {config['learning_rate']:g}; {environment['device_name']}, {versions}. Before it was "
        f"rounded to half precision: CER {test['cer']:.4f}, WER {test['wer']:.4f} on {test['words']:,} test words, "
        "beam 3."
    )


def _named(argument: str) -> tuple[str, Path]:
    """``NAME=RUN``, or a run whose kind decides its name."""
    name, equals, run = argument.partition("=")
    if equals and name in NAMES:
        return name, Path(run)
    path = Path(argument)
    return ATTENTION if has_attention(chosen_checkpoint(path)) else NO_ATTENTION, path


def main() -> None:
    """Read the runs' folders from the command line."""
    try:
        named = [_named(argument) for argument in sys.argv[1:]]
        runs = dict(named)
        if len(runs) < len(named):
            raise UsageError("two runs of one kind were given", f"put a name before one of them: {', '.join(NAMES)}")
        for path in pack(runs) if runs else calibrate_all():
            print(f"{path}: {path.stat().st_size:,} bytes")
    except DlhwError as error:
        sys.exit(f"error: {error.message}")


if __name__ == "__main__":
    main()
