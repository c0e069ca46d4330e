"""Damaged files of other programs: images, labels, lists of words, tables, patterns and fonts."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
import pytest
from PIL import Image, features

from dlhw.hopfield.memory import load_patterns, load_queries
from dlhw.images.opening import open_image
from dlhw.ocr.labels.finding import read_labels
from dlhw.ocr.prior.lexicon import Lexicon
from dlhw.ocr.readings_file import ReadingsFile
from dlhw.ocr.words.vocabulary import read_word_list
from dlhw.tables.columns import ColumnArguments
from dlhw.tables.sources import open_source
from tests.damage import Reader, Record, survive
from tests.images.files import noise, saved, write

Make = Callable[[Path], Iterator[Reader]]


def of_image(suffix: str, kind: str, *, mode: str = "RGB", **options: Any) -> Make:
    def made(folder: Path) -> Iterator[Reader]:
        path = folder / f"image.{suffix}"
        image = Image.fromarray(np.stack([noise(24, 16, seed) for seed in range(3)], axis=2)).convert(mode)
        path.write_bytes(saved(image, kind, **options))
        yield Reader(path, lambda: open_image(path, max_megapixels=50).tobytes())

    return made


def several(folder: Path) -> Iterator[Reader]:
    """A TIFF of two pages."""
    path = folder / "pages.tif"
    pages = [Image.fromarray(noise(24, 16, seed)) for seed in range(2)]
    path.write_bytes(saved(pages[0], "TIFF", save_all=True, append_images=pages[1:], compression="tiff_lzw"))
    yield Reader(path, lambda: open_image(path, max_megapixels=50))


def of_labels(name: str, content: str, images: tuple[str, ...] = ("0.png", "1.png", "2.png")) -> Make:
    def made(folder: Path) -> Iterator[Reader]:
        for image in images:
            write(folder / image, saved(Image.fromarray(noise(24, 16))))
        path = folder / name
        path.write_text(content)
        yield Reader(path, lambda: read_labels(folder))

    return made


def of_file(name: str, content: str, read: Callable[[Path], object]) -> Make:
    def made(folder: Path) -> Iterator[Reader]:
        path = folder / name
        path.write_text(content)
        yield Reader(path, lambda: read(path))

    return made


def of_readings(folder: Path) -> Iterator[Reader]:
    path = folder / "readings.jsonl"

    def read() -> None:
        with ReadingsFile(path) as file:
            file.append([{"image": "0.png", "text": "house"}])

    path.write_text("")
    read()
    yield Reader(path, read)


def of_font(folder: Path) -> Iterator[Reader]:
    """A face that a person chose, of the hundred glyphs that are looked at: with all, a read takes a second."""
    from fontTools import subset

    from dlhw.ocr.rendering.font_files import matplotlib_files
    from dlhw.ocr.rendering.font_records import BASIC
    from dlhw.ocr.rendering.fonts import evaluation_fonts

    path = folder / "face.ttf"
    subset.main([str(matplotlib_files()[0]), f"--text={BASIC}", f"--output-file={path}"])
    numbers = itertools.count()

    def read() -> object:
        other = path.with_name(f"{next(numbers)}.ttf")  # a face is looked at once in a process, by name and time
        path.rename(other)
        for cache in Path(platformdirs.user_cache_dir("dlhw")).glob("fonts-*"):
            cache.unlink()  # which would grow by each
        try:
            return evaluation_fonts("abc", folder)
        finally:
            other.rename(path)

    yield Reader(path, read)


def table(path: Path) -> object:
    return [list(open_source(path, side, ColumnArguments()).rows) for side in ("truth", "predictions")]


def patterns(path: Path) -> object:
    return load_patterns(path), load_queries(path, 3)


READERS: dict[str, Make] = {
    "PNG": of_image("png", "PNG"),
    "PNG with a palette": of_image("png", "PNG", mode="P"),
    "PNG of 16 bits": of_image("png", "PNG", mode="I;16"),
    "JPEG": of_image("jpg", "JPEG"),
    "GIF": of_image("gif", "GIF", mode="P"),
    "BMP": of_image("bmp", "BMP"),
    "PPM": of_image("ppm", "PPM"),
    "TGA": of_image("tga", "TGA"),
    "TIFF": of_image("tif", "TIFF", compression="tiff_deflate"),
    "TIFF of two pages": several,
    **({"WebP": of_image("webp", "WEBP")} if features.check("webp") else {}),
    **({"JPEG 2000": of_image("jp2", "JPEG2000")} if features.check("jpg_2000") else {}),
    **({"AVIF": of_image("avif", "AVIF")} if features.check("avif") else {}),
    "labels.tsv": of_labels("labels.tsv", "0.png\ta house\n1.png\tb\n2.png\tc\n"),
    "labels.csv": of_labels("labels.csv", 'filename,words\n0.png,"a, b"\n1.png,b\n2.png,c\n'),
    "labels.json": of_labels("labels.json", '{"0.png": "a", "1.png": "b", "2.png": {"text": "c"}}'),
    "metadata.jsonl": of_labels(
        "metadata.jsonl", "".join(f'{{"file_name": "{n}.png", "text": "a{n}"}}\n' for n in range(3))
    ),
    "metadata.csv": of_labels("metadata.csv", "file_name,text,split\n0.png,a,train\n1.png,b,train\n2.png,c,test\n"),
    "gt.txt": of_labels("gt.txt", '0.png, "a"\n1.png, "b"\n2.png, "c"\n'),
    "words.txt of IAM": of_labels(
        "words.txt",
        "# words\na01-000u-00-00 ok 154 1 1 24 16 AT a\na01-000u-00-01 err 154 1 1 24 16 AT b\n",
        ("words/a01/a01-000u/a01-000u-00-00.png",),
    ),
    "NAME.gt.txt": of_labels("0.gt.txt", "a house\n"),
    "word list": of_file("words.txt", "house\t0.5\ngarden\t0.25\nstreet\t0.125\n", read_word_list),
    "lexicon": of_file("lexicon.txt", "house\ngarden\nL'été\n", Lexicon.read),
    "patterns.csv": of_file("X.csv", "1,0,-1\n0.5,1e-3,2\n", patterns),
    "patterns.tsv": of_file("X.tsv", '"1"\t"0"\t"-1"\n"1.5"\t"2"\t"3"\n', patterns),
    "table.csv": of_file("a.csv", 'image,reference,prediction\n1.png,"a, b",c\n2.png,c,d\n', table),
    "table.tsv": of_file("a.tsv", "image\treference\tprediction\n1.png\ta\tb\n2.png\tc\td\n", table),
    "table.jsonl": of_file(
        "a.jsonl", '{"image": "1.png", "text": "a"}\n{"image": "2.png", "text": "b", "candidates": ["b", "c"]}\n', table
    ),
    "readings.jsonl": of_readings,
    "font": of_font,
}


@pytest.mark.parametrize("name", READERS)
def test_damaged_files_are_told(name: str, tmp_path: Path, record_property: Record) -> None:
    survive(name, READERS[name], tmp_path, 25, record_property)


@pytest.mark.nightly
@pytest.mark.parametrize("name", READERS)
def test_files_damaged_by_the_thousand_are_told(
    name: str, tmp_path: Path, damages: int, record_property: Record
) -> None:
    survive(name, READERS[name], tmp_path, damages, record_property)
