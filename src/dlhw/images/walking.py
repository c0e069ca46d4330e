"""The images of a folder and of all folders within it, and the folders that may be classes or splits."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from dlhw.images.formats import FOREIGN_SUFFIXES, SUFFIXES, explain_foreign, has_image_suffix
from dlhw.images.ignored import is_ignored, is_run_directory


@dataclass(kw_only=True)
class Walked:
    """What lies in a folder and below. Links to files are followed, links to folders are not."""

    files: list[Path] = field(default_factory=list)
    """Every file that is not ignored, by folder and name."""

    closed: list[tuple[Path, str]] = field(default_factory=list)
    """Folders that could not be listed, each with the reason."""

    has_runs: bool = False
    """Whether a run of dlhw was left aside."""

    @property
    def images(self) -> list[Path]:
        """The files that can be opened as images, by their suffix."""
        return [path for path in self.files if has_image_suffix(path)]

    @property
    def foreign(self) -> list[tuple[Path, str]]:
        """Images of formats that cannot be opened here, each with the reason."""
        kinds = ((path, FOREIGN_SUFFIXES.get(path.suffix.lower())) for path in self.files)
        return [(path, explain_foreign(kind)) for path, kind in kinds if kind]


def walk(folder: Path) -> Walked:
    """Everything in a folder and below that may be data. The folder itself may have any name."""
    walked = Walked()

    def note(error: OSError) -> None:
        walked.closed.append((Path(error.filename), error.strerror or str(error)))

    for place, folders, files in os.walk(folder, onerror=note):
        here = Path(place)
        kept = [name for name in sorted(folders) if not is_ignored(name)]
        folders[:] = [name for name in kept if not is_run_directory(here / name)]
        walked.has_runs |= len(folders) < len(kept)
        walked.files += [here / name for name in sorted(files) if not is_ignored(name) and (here / name).is_file()]
    return walked


def subfolders(folder: Path) -> list[Path]:
    """The folders directly within a folder that may be data, by name; links to folders are among them.

    Raises:
        OSError: the folder cannot be listed.
    """
    with os.scandir(folder) as entries:  # which tells files from folders without asking for each of a million
        names = sorted(entry.name for entry in entries if not is_ignored(entry.name) and entry.is_dir())
    return [path for path in (folder / name for name in names) if not is_run_directory(path)]


def has_images(folder: Path) -> bool:
    """Whether an image, of whatever format, lies directly within a folder.

    Raises:
        OSError: the folder cannot be listed.
    """
    with os.scandir(folder) as entries:
        return any(_is_image(entry.name) and not is_ignored(entry.name) and entry.is_file() for entry in entries)


def _is_image(name: str) -> bool:
    suffix = os.path.splitext(name)[1].lower()  # noqa: PTH122 (a name, not a path)
    return suffix in SUFFIXES or suffix in FOREIGN_SUFFIXES
