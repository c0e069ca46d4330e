"""``NAME.gt.txt`` beside the picture ``NAME.png``, as tesstrain and kraken have it.

A picture's name is everything before its last dot, so that ``a.b.png`` and ``a.c.png`` have labels of their own.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from dlhw.ocr.labels.rows import Labels, Rejected, Row, read_text

SUFFIX = ".gt.txt"
PICTURES = {".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm"}


def has_labels_beside(folder: Path) -> bool:
    """Whether any picture in ``folder`` or below may have its label beside it."""
    return any(path.name != SUFFIX for path in folder.rglob(f"*{SUFFIX}"))


def read_beside(folder: Path) -> tuple[Labels, list[Row]]:
    """Read every ``NAME.gt.txt`` in ``folder`` and below."""
    labels = Labels(format="labels beside the pictures")
    rows: list[Row] = []
    pictures: defaultdict[Path, list[Path]] = defaultdict(list)
    files = sorted(path for path in folder.rglob("*") if path.name != SUFFIX)
    for path in files:
        if path.suffix.lower() in PICTURES:
            pictures[path.with_suffix("")].append(path)
    for path in files:
        if not path.name.endswith(SUFFIX):
            continue
        name = path.name.removesuffix(SUFFIX)
        found = pictures[path.with_name(name)]
        if len(found) > 1:
            detail = f"{', '.join(each.name for each in found)} have one label"
            labels.rejected.append(Rejected(image=name, file=path, line=1, kind="row not understood", detail=detail))
        else:
            image = found[0].name if found else f"{name}.*"
            rows.append(Row(image=image, text=read_text(path), file=path, line=1))
    return labels, rows
