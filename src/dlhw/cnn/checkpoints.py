"""Which network a command looks with, and on which labelled images, where a person does not say."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import torch

from dlhw.cnn.data import DATA_SEED, Split
from dlhw.cnn.dataset_fingerprint import is_same_dataset
from dlhw.cnn.intel import located
from dlhw.cnn.labelled_images import complete
from dlhw.cnn.landscapes import CLASS_NAMES, draw_landscapes
from dlhw.cnn.pretrained import NAMES, pretrained
from dlhw.cnn.sources import PROCEDURAL_SIZES, load_landscapes, read_labelled_images
from dlhw.cnn.sweep import Sweep
from dlhw.errors import DataError
from dlhw.learning.checkpoints import named_checkpoint, newest_checkpoint
from dlhw.learning.run import CONFIG, FIGURES, RUNS, read_config
from dlhw.learning.schemas import LearntFrom

SplitName = Literal["train", "validation", "test"]
EVERYTHING = "all"
"""In place of a split's name."""


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """Images to measure a network on, and where they come from."""

    split: Split
    """Labelled by the places of the network's classes."""

    split_name: str
    """``train``, ``validation``, ``test`` or ``all``."""

    source: str
    skipped: tuple[str, ...] = ()
    """Images that could not be read, each with the reason."""

    remarks: tuple[str, ...] = ()
    """What a person should know about the others."""

    changed: bool = False
    """Whether the network's run learnt from other images of the same name, so that it may have seen these."""

    def describe(self) -> dict[str, Any]:
        """``data`` of the documents of ``dlhw cnn eval`` and ``dlhw cnn explain``."""
        return {
            "source": self.source,
            "split": self.split_name,
            "images": len(self.split),
            "skipped": len(self.skipped),
            "changed": self.changed,
        }


def measured_checkpoint(given: Path | None, *, root: Path = RUNS) -> Path:
    """The weights to look with: those that are named, else those of the newest finished run, else the package's.

    Raises:
        CheckpointError: they are missing or damaged.
        UsageError: a file or a folder here has the name of a network of the package.
    """
    if given is not None:
        return named_checkpoint(given, what="network", names=NAMES, packaged=pretrained)
    return newest_checkpoint(Sweep.run_command(), root) or pretrained()


def run_of(checkpoint: Path) -> Path | None:
    """The directory of the run of ``dlhw cnn train`` that the weights lie in, ``None`` where they lie alone."""
    # As a person named it where that is possible: runs/cnn-train/1 rather than /home/…/runs/cnn-train/1.
    directory = (checkpoint if len(checkpoint.parts) > 2 else checkpoint.resolve()).parent.parent
    is_run = (directory / CONFIG).exists() and read_config(directory)["command"] == Sweep.run_command()
    return directory if is_run else None


def figures_folder(checkpoint: Path) -> Path:
    """Where images of a network go: into its run, or into the current folder where it lies alone."""
    run = run_of(checkpoint)
    return Path("explain") if run is None else run / FIGURES / "explain"


def load_labelled_images(
    checkpoint: Path, class_names: tuple[str, ...], data: Path | None = None, *, split: SplitName | None = None
) -> Labelled:
    """Labelled images for a network: those that are named, else its run's own, else procedural landscapes.

    Of images that are named, the split is one that is there as such, and without a test split all are taken. Of a
    run's own it is the one that the run left out of its training.

    Args:
        checkpoint: of the network.
        class_names: its classes.
        data: as for :func:`dlhw.cnn.sources.load_landscapes`.
        split: which of them; by default ``test``, or all where those that are named have no test split.

    Raises:
        DataError: they no longer exist, cannot be read, or are of other classes.
    """
    run = run_of(checkpoint)
    of_run = {} if run is None else read_config(run, LearntFrom).get("data", {})
    data = located(data)
    if data is not None:
        return _named(data, class_names, split, of_run)
    split = split or "test"
    if of_run.get("path") is not None:
        data = Path(of_run["path"])
        if not data.exists():
            raise DataError(f"the run in {run} learnt from {data}, which no longer exists", "name it with `data`")
    else:
        # The training images, five times as many, need not be drawn.
        images, labels = draw_landscapes(PROCEDURAL_SIZES[split], seed=DATA_SEED, split=split)
        drawn = Split(images=torch.from_numpy(images), labels=torch.from_numpy(labels).long())
        source = f"procedural landscapes, seed {DATA_SEED}"
        return Labelled(split=_relabelled(drawn, CLASS_NAMES, class_names, source), split_name=split, source=source)
    landscapes = load_landscapes(data)
    return Labelled(
        split=_relabelled(getattr(landscapes, split), landscapes.class_names, class_names, str(data)),
        split_name=split,
        source=str(data),
        skipped=landscapes.skipped,
        remarks=landscapes.remarks,
        changed=not is_same_dataset(of_run, landscapes),
    )


def _named(data: Path, class_names: tuple[str, ...], split: SplitName | None, of_run: Mapping[str, Any]) -> Labelled:
    """The images that a person names."""
    given = read_labelled_images(data, check_classes=lambda names: _check_classes(names, class_names, str(data)))
    own = changed = False
    remarks = given.remarks
    if of_run.get("path") is not None:
        with suppress(DataError):  # what cannot be learnt from is not what the run learnt from
            own = is_same_dataset(of_run, complete(given))
        changed = not own and Path(of_run["path"]) == data.resolve()
    if split is not None and split not in given.parts:
        there = " and ".join(name or "images without splits" for name in given.parts)
        raise DataError(
            f"{data} has no {split} split; it has {there}", "leave `split` out to measure on all of its images"
        )
    name = split or ("test" if "test" in given.parts else None)
    if own and name in (None, "train"):
        remarks += (
            f"the network learnt from images of {data}; without `data` it is measured on those that were left out "
            "of its training",
        )
    return Labelled(
        split=_relabelled(given.part(name) if name else given.joined(), given.class_names, class_names, str(data)),
        split_name=name or EVERYTHING,
        source=str(data),
        skipped=given.skipped,
        remarks=remarks,
        changed=changed,
    )


def _relabelled(split: Split, theirs: tuple[str, ...], ours: tuple[str, ...], source: str) -> Split:
    """Labels by the network's order of the classes: names count, not places."""
    places = torch.tensor(_check_classes(theirs, ours, source))
    return replace(split, labels=places[split.labels])


def _check_classes(theirs: tuple[str, ...], ours: tuple[str, ...], source: str) -> list[int]:
    """The place of each of their classes among ours: by name, and where a name is missing by name without case."""
    places = [_place(name, ours) for name in theirs]
    found = [place for place in places if place is not None]
    if len(set(found)) < len(theirs):
        raise DataError(
            f"the images of {source} are of the classes {', '.join(theirs)}, "
            f"and the network tells apart {', '.join(ours)}",
            "an archive without class_names has numbered classes: save it with class_names"
            if "".join(theirs).isdigit()
            else "give images of its classes, or train on these; splits are folders called train, val and test",
        )
    return found


def _place(name: str, names: tuple[str, ...]) -> int | None:
    if name in names:
        return names.index(name)
    alike = [place for place, other in enumerate(names) if other.casefold() == name.casefold()]
    return alike[0] if len(alike) == 1 else None
