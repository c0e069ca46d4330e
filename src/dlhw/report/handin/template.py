"""The file of another group's numbers, to be filled in."""

from __future__ import annotations

from pathlib import Path

from dlhw.errors import DataError, UsageError
from dlhw.report.handin.quantities import QUANTITIES

HEAD = """\
# The numbers of a hand-in, for: dlhw reproduce --reported FILE. Take the # away before a line and put in what the
# hand-in says; a line with its # is not reported. Shares are of one, with all decimals as handed in.
name = "Group 1"

# What the hand-in measured on. Only numbers on the same data as ours are judged, so take the # away where that is so.
# On other data, or where no data are named, numbers are shown and not judged.
[landscapes]
# data = "intel48"         # the images of: dlhw cnn train --data intel48. Others: any name, as "course"
# validation_images = 874  # of intel48. If given, each share is checked to be one of so many images
# test_images = 1079

[words]
# data = "rendered"        # words that dlhw ocr train draws itself. Others: any name
# test_words = 2000        # of dlhw ocr train

# From here on the values are examples: those of the homework's own report, on data that it does not name.
"""

REMARKS = {
    ("2.1", "0.1"): '  # learning rate 0.1; accuracies after the last epoch, or "diverged"',
    ("2.2", "0.01"): "  # batch normalisation and global average pooling",
    ("2.3",): "  # trainable parameters",
    ("3a",): "  # without attention",
    ("3b",): "  # with attention",
    ("3c",): "  # three words sampled an image",
}


def template() -> str:
    """A file to fill in: every number that can be judged, with the value of the homework's own report beside it."""
    lines: list[str] = []
    before: tuple[str, ...] = ()
    for quantity in QUANTITIES:
        table = quantity.path[:-1]
        if table != before:
            heading = ".".join(f'"{part}"' for part in table)
            lines += ["", f"[{heading}]{REMARKS.get(table, '')}"]
            before = table
        lines.append(f"# {quantity.path[-1]} = {quantity.example}")
    return HEAD + "\n".join(lines) + "\n"


def write_template(path: Path) -> None:
    """Write the template where no file is.

    Raises:
        UsageError: there is a file.
        DataError: it cannot be written.
    """
    other = "give `template` another name"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(template())
    except FileExistsError as error:
        raise UsageError(f"{path} exists, and is not overwritten", other) from error
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror or error}", other) from error
