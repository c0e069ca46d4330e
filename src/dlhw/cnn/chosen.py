"""Which network a command looks with, and on which labelled pictures, where a person does not say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import torch

from dlhw.cnn.data import DATA_SEED, Split
from dlhw.cnn.intel import located
from dlhw.cnn.landscapes import CLASS_NAMES, draw_landscapes
from dlhw.cnn.sources import PROCEDURAL_SIZES, load_landscapes
from dlhw.cnn.sweep import COMMAND
from dlhw.errors import CheckpointError, DataError
from dlhw.learning.chosen import chosen_checkpoint
from dlhw.learning.run import CONFIG, FIGURES, RESULT, newest_run, read_config

SplitName = Literal["train", "validation", "test"]


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """Pictures to measure a network on, and where they come from."""

    split: Split
    """Labelled by the places of the network's classes."""

    split_name: SplitName
    source: str
    skipped: tuple[str, ...] = ()
    """Pictures that could not be read, each with the reason."""

    changed: bool = False
    """Whether the network's run learnt from other pictures of the same name, so that it may have seen these."""

    def describe(self) -> dict[str, Any]:
        """``data`` of the documents of ``dlhw cnn eval`` and ``dlhw cnn explain``."""
        return {
            "source": self.source,
            "split": self.split_name,
            "images": len(self.split),
            "skipped": len(self.skipped),
            "changed": self.changed,
        }


def measured_checkpoint(given: Path | None, *, root: Path = Path("runs")) -> Path:
    """The weights to look with: those that are named, else those of the newest finished run.

    Raises:
        CheckpointError: they are missing, or there is no run.
    """
    if given is not None:
        return chosen_checkpoint(given)
    run = newest_run(COMMAND, root=root, wanted=lambda directory: (directory / RESULT).exists())
    if run is None:
        raise CheckpointError(
            f"there is no finished run of dlhw cnn train under {root}",
            "train one with dlhw cnn train --gap, or name one with --checkpoint",
        )
    return chosen_checkpoint(run)


def run_of(checkpoint: Path) -> Path | None:
    """The directory of the run of ``dlhw cnn train`` that the weights lie in, ``None`` where they lie alone."""
    # As a person named it where that is possible: runs/cnn-train/1 rather than /home/…/runs/cnn-train/1.
    directory = (checkpoint if len(checkpoint.parts) > 2 else checkpoint.resolve()).parent.parent
    is_run = (directory / CONFIG).exists() and read_config(directory).get("command") == COMMAND
    return directory if is_run else None


def figures_folder(checkpoint: Path) -> Path:
    """Where pictures of a network go: into its run, or into the current folder where it lies alone."""
    run = run_of(checkpoint)
    return Path("explain") if run is None else run / FIGURES / "explain"


def labelled_pictures(
    checkpoint: Path, class_names: tuple[str, ...], data: Path | None = None, *, split: SplitName = "test"
) -> Labelled:
    """Labelled pictures for a network: those that are named, else its run's own, else procedural landscapes.

    Args:
        checkpoint: of the network.
        class_names: its classes.
        data: as for :func:`dlhw.cnn.sources.load_landscapes`.
        split: which of them.

    Raises:
        DataError: they are not there any more, cannot be read, or are of other classes.
    """
    run = run_of(checkpoint)
    of_run = {} if run is None else read_config(run).get("data", {})
    data = located(data)
    if data is None and of_run.get("path") is not None:
        data = Path(of_run["path"])
        if not data.exists():
            raise DataError(f"the run in {run} learnt from {data}, which is not there any more", "name it with --data")
    if data is None:
        # The training pictures, five times as many, need not be drawn.
        images, labels = draw_landscapes(PROCEDURAL_SIZES[split], seed=DATA_SEED, split=split)
        drawn = Split(images=torch.from_numpy(images), labels=torch.from_numpy(labels).long())
        source = f"procedural landscapes, seed {DATA_SEED}"
        return Labelled(split=_relabelled(drawn, CLASS_NAMES, class_names, source), split_name=split, source=source)
    landscapes = load_landscapes(data)
    same_name = of_run.get("path") is not None and Path(of_run["path"]) == data.resolve()
    return Labelled(
        split=_relabelled(getattr(landscapes, split), landscapes.class_names, class_names, str(data)),
        split_name=split,
        source=str(data),
        skipped=landscapes.skipped,
        changed=same_name and landscapes.fingerprint() != of_run.get("fingerprint"),
    )


def _relabelled(split: Split, theirs: tuple[str, ...], ours: tuple[str, ...], source: str) -> Split:
    """Labels by the network's order of the classes: names count, not places."""
    if sorted(theirs) != sorted(ours):
        raise DataError(
            f"the pictures of {source} are of the classes {', '.join(theirs)}, "
            f"and the network tells apart {', '.join(ours)}",
            "give pictures of its classes, or train on these",
        )
    places = torch.tensor([ours.index(name) for name in theirs])
    return replace(split, labels=places[split.labels])
