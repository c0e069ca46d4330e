"""Damaged files: whatever bytes a file holds, reading it gives a value or an error that is meant for people."""

from __future__ import annotations

import contextlib
import json
import resource
import shutil
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from dlhw.cnn.archive import load_archive
from dlhw.cnn.classifier import load_classifier
from dlhw.cnn.folder import load_folder
from dlhw.cnn.summary import summarise
from dlhw.cnn.sweep import choose
from dlhw.errors import DlhwError
from dlhw.hopfield.memory import load_patterns, load_queries
from dlhw.learning.checkpoints import chosen_checkpoint
from dlhw.learning.device import configure, environment
from dlhw.learning.files import write_json
from dlhw.learning.loop import fit, resume_state
from dlhw.learning.resuming import compute_as_before, precision_as_before, unfinished
from dlhw.learning.run import Run, read_config, read_result, resume_run
from dlhw.learning.trial_folder import TrialFolder
from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.evaluation_dataset import asked_words
from dlhw.ocr.pretrained import pretrained
from dlhw.ocr.pretrained.packing import pack
from dlhw.ocr.recognizer import load_recognizer
from dlhw.ocr.rendering.font_files import matplotlib_files
from dlhw.ocr.rendering.font_records import Shelf
from dlhw.ocr.training_provenance import learnt_hashes
from dlhw.report.page import render_page
from dlhw.report.parts import PARTS
from dlhw.report.reproduction import Reproduction
from tests.cnn import networks
from tests.conftest import arrays
from tests.learning.test_loop import Regression
from tests.mutations import mutations
from tests.ocr import recognisers

MEMORY = 1_000_000
"""Kilobytes by which no number of damaged files may let a process grow."""

Read = Callable[[], object]
CPU = torch.device("cpu")


class Reader:
    """A file, and what reads it."""

    def __init__(self, path: Path, read: Read) -> None:
        self.path, self.read = path, read


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
    yield Reader(path, lambda: load_archive(path).fingerprint())


def of_image_cache(folder: Path) -> Iterator[Reader]:
    from PIL import Image

    content = arrays()
    for index, (image, label) in enumerate(zip(content["train_images"], content["train_labels"], strict=True)):
        path = folder / "set" / f"class{label}" / f"{index}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
    load_folder(folder / "set")
    (cache,) = Path(os_cache()).rglob("images-*")
    yield Reader(cache, lambda: load_folder(folder / "set").fingerprint())


def os_cache() -> str:
    import platformdirs

    return platformdirs.user_cache_dir("dlhw")


def of_font_cache(folder: Path) -> Iterator[Reader]:
    face = matplotlib_files()[0]

    def read() -> object:
        shelf = Shelf()
        records = shelf.records(face)
        shelf.close()
        return records

    read()
    (cache,) = Path(os_cache()).glob("fonts-*")
    yield Reader(cache, read)


def of_word_frequencies(folder: Path) -> Iterator[Reader]:
    from dlhw.ocr.prior.frequencies import word_frequencies

    def read() -> object:
        word_frequencies.cache_clear()
        return word_frequencies("en").log_frequency("house")

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
    "pictures": None,
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
    from dlhw.report.reproduction import Plan
    from dlhw.report.scale import QUICK
    from dlhw.report.section import Picture, Row, Section, Table

    section = Section(
        rows=(
            Row(quantity="CER", reported=0.5, ours=0.25, low=0.2, high=0.3),
            Row(quantity="N", reported=None, ours=7),
        ),
        command="dlhw energy",
        data="some.",
        pictures=(Picture(name="Figure A", caption="A figure.", svg="<svg></svg>"),),
        tables=(Table(caption="A table.", columns=("a", "b"), rows=((1, "x"), (None, 0.5))),),
        extra={
            "confusion": {"classes": ["a", "b"], "counts": [[1, 2], [0, 3]], "caption": "Confusion matrix."},
            "worst": [{"picture": None, "written": [{"text": "a", "marked": True}], "read": [], "edits": 1}],
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
        with Run(folder, "reproduce") as run:
            kept = Reproduction(plan=Plan(scale=QUICK), run=run).kept(part)
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


SLOW = {"word frequencies"}
"""What takes a second to be made anew: a tenth of the damages."""


def survive(name: str, folder: Path, count: int) -> None:
    """Read so many damaged versions of a file; each is put in its place as if nothing had been read before."""
    (reader,) = READERS[name](folder)
    reader.read()
    count //= 10 if name in SLOW else 1
    whole, before = reader.path.read_bytes(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    copy = folder.parent / f"{folder.name}-whole"
    shutil.copytree(folder, copy)
    foreign: dict[str, list[str]] = {}
    for number, content in enumerate(mutations(whole, count, seed=1)):
        reader.path.write_bytes(content)
        try:
            reader.read()
        except DlhwError:
            pass
        except Exception as error:
            at = traceback.extract_tb(error.__traceback__)[-1]
            kind = f"{type(error).__name__} in {Path(at.filename).name}:{at.lineno}"
            foreign.setdefault(kind, []).append(f"{number}: {error}")
        if name in {"state", "environment"}:  # which write, too
            shutil.copytree(copy, folder, dirs_exist_ok=True)
    assert not foreign, {kind: (len(found), found[0][:300]) for kind, found in foreign.items()}
    reader.path.write_bytes(whole)
    reader.read()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEMORY


@pytest.mark.parametrize("name", READERS)
def test_damaged_files_are_told(name: str, tmp_path: Path) -> None:
    survive(name, tmp_path, 25)


@pytest.mark.nightly
@pytest.mark.parametrize("name", READERS)
def test_a_thousand_damages(name: str, tmp_path: Path) -> None:
    survive(name, tmp_path, 1000)


def test_what_is_read_is_what_is_written(tmp_path: Path) -> None:
    for config in (SWEEP, STUDY, READING):
        write_json(tmp_path / "config.json", config)
        assert read_config(tmp_path) == json.loads(json.dumps(config))
