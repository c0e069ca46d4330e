"""``NAME.gt.txt`` beside the image ``NAME.png``, as tesstrain, kraken, calamari and GT4HistOCR have it.

An image's name is everything before its last dot, so that ``a.b.png`` and ``a.c.png`` have labels of their own. Images
that ocropus has made of a page, ``NAME.nrm.png`` and ``NAME.bin.png``, have the label of ``NAME``.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from dlhw.images.walking import Walked
from dlhw.ocr.labels.formats.format import LabelsBeside, Rows
from dlhw.ocr.labels.rows import Labels, Rejected, Row, read_text

SUFFIX = ".gt.txt"
MADE = ("", ".nrm", ".bin", ".dew", ".raw")
"""What may stand between the name and the suffix of an image. Of several the first is taken."""


def images_by_name(walked: Walked) -> dict[Path, list[Path]]:
    """The images of each name, with its folder."""
    images: defaultdict[Path, list[Path]] = defaultdict(list)
    for path in walked.images:
        images[path.with_suffix("")].append(path)
    return images


def read_beside(walked: Walked) -> Rows:
    """Read every ``NAME.gt.txt``."""
    labels = Labels(format="labels beside the images")
    rows: list[Row] = []
    images = images_by_name(walked)
    for path in walked.files:
        name = path.name.removesuffix(SUFFIX)
        if not name or name == path.name:
            continue
        of_name = [path.with_name(f"{name}{made}") for made in MADE]
        found = next((images[each] for each in of_name if each in images), [])
        add_row(labels, rows, path, name, found)
    return labels, rows


def add_row(labels: Labels, rows: list[Row], path: Path, name: str, images: list[Path]) -> None:
    """Add the label in ``path`` to the one image that it can be of, or say that there are several."""
    if len(images) > 1:
        detail = f"{', '.join(each.name for each in images)} have one label"
        labels.rejected.append(Rejected(image=name, file=path, line=1, kind="row not understood", detail=detail))
    else:
        rows.append(Row(image=images[0].name if images else f"{name}.*", text=read_text(path), file=path, line=1))


def _applies(walked: Walked) -> bool:
    return any(path.name.endswith(SUFFIX) and path.name != SUFFIX for path in walked.files)


GROUND_TRUTH_TEXT = LabelsBeside(suffix=SUFFIX, applies=_applies, read=read_beside)
