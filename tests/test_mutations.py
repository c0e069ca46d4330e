"""Damaged files: whatever bytes a file holds, reading it gives a value or an error that is meant for people."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
import torch

from dlhw.cnn.classifier import load_classifier
from dlhw.cnn.sources import load_landscapes
from dlhw.cnn.sweep import choose, summarise
from dlhw.errors import DlhwError
from dlhw.hopfield.memory import load_patterns, load_queries
from dlhw.learning.checkpoints import chosen_checkpoint
from dlhw.learning.device import configure, environment
from dlhw.learning.files import write_json
from dlhw.learning.loop import fit, resume_state
from dlhw.learning.resuming import compute_as_before, precision_as_before
from dlhw.learning.run import Run, read_config, read_result, resume_run
from dlhw.learning.trial_folder import TrialFolder
from dlhw.learning.unfinished import unfinished
from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.evaluation_dataset import asked_words
from dlhw.ocr.pretrained import pretrained
from dlhw.ocr.pretrained.packing import pack
from dlhw.ocr.recognizer import load_recognizer
from dlhw.ocr.rendering.font_files import matplotlib_files
from dlhw.ocr.rendering.font_records import FontCache, _read_cache
from dlhw.ocr.training_provenance import learnt_hashes
from dlhw.report.making import read_part
from dlhw.report.page import render_page
from dlhw.report.parts import PARTS
from tests.cnn import networks
from tests.conftest import arrays
from tests.damage import Reader, Record, survive
from tests.learning.test_loop import Regression
from tests.ocr import recognisers

CPU = torch.device("cpu")


def of_patterns(folder: Path) -> Iterator[Reader]:
    path = folder / "X.npy"
    np.save(path, np.eye(3, 4))
    yield Reader(path, lambda: (load_patterns(path), load_queries(path, 4)))


def of_pattern_archive(folder: Path) -> Iterator[Reader]:
    path = folder / "X.npz"
    np.savez_compressed(path, patterns=np.eye(3, 4), query=np.ones(4))
    yield Reader(path, lambda: (load_patterns(path), load_queries(path, 4)))


def of_archive(folder: Path) -> Iterator[Reader]:
    path = folder / "tiny.npz"
    np.savez_compressed(path, **arrays())
    yield Reader(path, lambda: load_landscapes(path).fingerprint())


def of_image_cache(folder: Path) -> Iterator[Reader]:
    from PIL import Image

    content = arrays()
    for index, (image, label) in enumerate(zip(content["train_images"], content["train_labels"], strict=True)):
        path = folder / "set" / f"class{label}" / f"{index}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
    load_landscapes(folder / "set")
    (cache,) = Path(os_cache()).rglob("images-*")
    yield Reader(cache, lambda: load_landscapes(folder / "set").fingerprint())


def os_cache() -> str:
    import platformdirs

    return platformdirs.user_cache_dir("dlhw")


def of_font_cache(folder: Path) -> Iterator[Reader]:
    face = matplotlib_files()[0]

    def read() -> object:
        _read_cache.cache_clear()  # two damages may have one time and size
        cache = FontCache()
        records = cache.records(face)
        cache.close()
        return records

    read()
    (cache,) = Path(os_cache()).glob("fonts-*")
    yield Reader(cache, read)


def of_word_frequencies(folder: Path) -> Iterator[Reader]:
    from dlhw.ocr.prior.frequencies import word_frequencies

    few = {"house": 1e-4, "houses": 1e-5, "a": 1e-2}  # to make the table of a whole language anew takes two seconds

    def read() -> object:
        word_frequencies.cache_clear()
        return word_frequencies("en").log_frequency("house")

    with patch("wordfreq.get_frequency_dict", lambda *_, **__: few):
        read()
        (cache,) = Path(os_cache()).glob("words-*")
        yield Reader(cache, read)


def of_classifier(folder: Path) -> Iterator[Reader]:
    path = networks.save(folder / "trial" / "best.safetensors")
    images = torch.zeros(1, 48, 48, 3, dtype=torch.uint8)
    yield Reader(path, lambda: load_classifier(path, device=CPU).log_probabilities(images))


def of_recognizer(folder: Path) -> Iterator[Reader]:
    path = recognisers.save(folder / "trial" / "best.safetensors")
    words = recognisers.words(("ab",))

    def read() -> None:
        with contextlib.suppress(DlhwError):
            asked_words(path), learnt_hashes(path)
        load_recognizer(path, device=CPU).read(words, BeamSearch(width=2))

    yield Reader(path, read)


def of_checksums(folder: Path) -> Iterator[Reader]:
    run = recognisers.save_run(folder / "run")
    (folder / "package").mkdir()
    pack({"attention": run}, folder / "package")
    yield Reader(folder / "package" / "checksums.json", lambda: pretrained("attention", folder=folder / "package"))


def of_state(folder: Path) -> Iterator[Reader]:
    kept = TrialFolder(folder / "trial")
    for _ in fit(Regression(), kept, resume_state(Regression(), kept), epochs=2):
        pass

    def read() -> None:
        task = Regression()
        for _ in fit(task, kept, resume_state(task, kept), epochs=3):
            break

    yield Reader(kept.state_path, read)


def of_metrics(folder: Path) -> Iterator[Reader]:
    kept = TrialFolder(folder / "trial")
    for _ in fit(Regression(), kept, resume_state(Regression(), kept), epochs=3):
        pass
    yield Reader(kept.metrics_path, lambda: sum(row["seconds"] + row["train_loss"] for row in kept.metrics()))


SWEEP = {
    "command": "cnn-train",
    "network": "gap",
    "learning_rates": [0.01],
    "epochs": 3,
    "batch_size": 8,
    "dropout": 0.1,
    "seed": 42,
    "seeds": 1,
    "recipe": "homework",
    "data": {"path": None, "source": "procedural landscapes", "strict": False, "fingerprint": "?", "classes": ["sea"]},
}
STUDY = {
    **{name: SWEEP[name] for name in ("epochs", "batch_size", "dropout", "seed", "seeds", "data")},
    "command": "cnn-study",
    "variants": ["gap", "stride"],
    "learning_rate": 0.002,
    "images": None,
    "precision": "auto",
}
READING = {
    "command": "ocr-train",
    "attention": True,
    "epochs": 3,
    "words": 512,
    "batch_size": 32,
    "learning_rate": 0.002,
    "patience": None,
    "precision": "auto",
    "seed": 42,
    "words_from": {
        **dict.fromkeys(("data", "word_list", "fonts", "language")),
        "max_megapixels": 50.0,
        "source": "rendered words",
        "fingerprint": "?",
    },
    "from": None,
}
OUTCOME = {
    "learning_rate": 0.01,
    "seed": 42,
    "epochs": 3,
    "last_epoch": 3,
    "status": "finished",
    "validation_accuracy": 0.5,
    "test_accuracy": 0.5,
    "best_epoch": 2,
    "best_validation_accuracy": 0.6,
    "best_test_accuracy": 0.5,
    "images_per_second": 100.0,
}
RESULT = {
    "command": "cnn train",
    "seed": 42,
    "network": "gap",
    "epochs": 3,
    "batch_size": 8,
    "data": {"source": "procedural landscapes", "train": 30, "validation": 12, "test": 12},
    "results": [OUTCOME],
    "chosen": 0,
    "checkpoint": "lr0.01-seed42/best.safetensors",
}
ENVIRONMENT = {
    "versions": {"dlhw": "0.1.0"},
    "system": "Linux-6",
    "processor": "one",
    "device": "cpu",
    "device_name": "one",
    "threads": 2,
    "threads_each": 1,
    "deterministic": False,
    "precision": "float32",
    "command_line": ["dlhw"],
    "date": "2026-11-26",
    "earlier": [],
}


def of_config(config: dict[str, Any]) -> Callable[[Path], Iterator[Reader]]:
    def made(folder: Path) -> Iterator[Reader]:
        from dlhw.cnn.settings import Settings as Landscapes
        from dlhw.cnn.study.settings import Settings as Studies
        from dlhw.ocr.settings import Settings as Reading
        from dlhw.ocr.training_dataset import Request

        kinds: dict[str, Any] = {"cnn-train": Landscapes, "cnn-study": Studies, "ocr-train": Reading}
        write_json(folder / "config.json", config)

        def read() -> None:
            with resume_run(config["command"], out=folder) as run:
                run.check_config()
                kinds[config["command"]].from_config(run.config)
                if config is READING:
                    Request.from_config(run.config["words_from"]).missing()

        yield Reader(folder / "config.json", read)

    return made


def of_environment(folder: Path) -> Iterator[Reader]:
    path = folder / "environment.json"
    write_json(folder / "config.json", SWEEP)
    write_json(path, ENVIRONMENT)
    from dlhw.report.trainings import environments

    def read() -> None:
        with Run(folder, "cnn-train") as run:
            compute = compute_as_before(run, configure("cpu", 1))
            precision_as_before(run, "auto", compute)
            run.threads_each_before(2)
            environments({"run": str(folder)})
            run.write_environment({**ENVIRONMENT})

    yield Reader(path, read)


def of_outcome(folder: Path) -> Iterator[Reader]:
    kept = TrialFolder(folder / "trial")
    kept.write_outcome(OUTCOME)

    def read() -> None:
        outcome = kept.outcome() or {}
        if "learning_rate" in outcome:
            summarise([outcome]), choose([outcome])

    yield Reader(folder / "trial" / "outcome.json", read)


def of_result(folder: Path) -> Iterator[Reader]:
    write_json(folder / "config.json", SWEEP)
    write_json(folder / "result.json", RESULT)

    def read() -> None:
        with contextlib.suppress(DlhwError):
            chosen_checkpoint(folder), unfinished(5)(folder)
        document = read_result(folder)
        if document["command"] == "cnn train":
            summarise(document["results"])
            document["results"][document["chosen"] or 0]

    yield Reader(folder / "result.json", read)


def of_part(folder: Path) -> Iterator[Reader]:
    from dlhw.report.environments import described
    from dlhw.report.page import Entry
    from dlhw.report.section import Figure, Row, Section, Table

    section = Section(
        rows=(
            Row(quantity="CER", reported=0.5, ours=0.25, low=0.2, high=0.3),
            Row(quantity="N", reported=None, ours=7),
        ),
        command="dlhw energy",
        data="some.",
        figures=(Figure(name="Figure A", caption="A figure.", svg="<svg></svg>"),),
        tables=(Table(caption="A table.", columns=("a", "b"), rows=((1, "x"), (None, 0.5))),),
        extra={
            "confusion": {"classes": ["a", "b"], "counts": [[1, 2], [0, 3]], "caption": "Confusion matrix."},
            "worst": [{"image": None, "written": [{"text": "a", "marked": True}], "read": [], "edits": 1}],
        },
        environments=(described(ENVIRONMENT),),
    )
    part = PARTS[0]
    where = described(environment(configure("cpu", 1)))
    document = {"seconds": 1.0, "environment": where, "section": section.as_document()}
    path = folder / "parts" / f"{part.question}.json"
    path.parent.mkdir()
    write_json(path, document)
    write_json(folder / "config.json", {"command": "reproduce"})
    plan = {"scale": "quick", "seed": 42, "version": "0", "source": None}

    def read() -> None:
        kept = read_part(path.parent, part)
        others = [Entry(question=one.question, title=one.title, status="missing") for one in PARTS[1:]]
        if kept is not None:
            render_page([kept, *others], plan=plan)

    yield Reader(path, read)


READERS = {
    "patterns.npy": of_patterns,
    "patterns.npz": of_pattern_archive,
    "archive.npz": of_archive,
    "image cache": of_image_cache,
    "font cache": of_font_cache,
    "word frequencies": of_word_frequencies,
    "classifier": of_classifier,
    "recognizer": of_recognizer,
    "checksums": of_checksums,
    "state": of_state,
    "metrics": of_metrics,
    "config of cnn train": of_config(SWEEP),
    "config of cnn study": of_config(STUDY),
    "config of ocr train": of_config(READING),
    "environment": of_environment,
    "outcome": of_outcome,
    "result": of_result,
    "part": of_part,
}


WRITING = {"state", "environment"}
"""Whose readers write, too: their folders are put back after each damage."""


@pytest.mark.parametrize("name", READERS)
def test_damaged_files_are_told(name: str, tmp_path: Path, record_property: Record) -> None:
    survive(name, READERS[name], tmp_path, 25, record_property, put_back=name in WRITING)


@pytest.mark.nightly
@pytest.mark.parametrize("name", READERS)
def test_files_damaged_by_the_thousand_are_told(
    name: str, tmp_path: Path, damages: int, record_property: Record
) -> None:
    survive(name, READERS[name], tmp_path, damages, record_property, put_back=name in WRITING)


def test_what_is_read_is_what_is_written(tmp_path: Path) -> None:
    for config in (SWEEP, STUDY, READING):
        write_json(tmp_path / "config.json", config)
        assert read_config(tmp_path) == json.loads(json.dumps(config))
