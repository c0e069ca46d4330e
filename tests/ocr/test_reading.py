from __future__ import annotations

import math
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dlhw.errors import UsageError
from dlhw.images.arguments import ImageArgument, find_images
from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.figures.attention import draw_attention, write_attention
from dlhw.ocr.reading import CHUNK, ReadImage, read_images
from dlhw.ocr.recognizer import Reading, texts
from tests.ocr.folders import noise, write
from tests.ocr.recognisers import recognizer, save_images, words

DECODER = BeamSearch(width=2)


def save_words(folder: Path) -> list[str]:
    """The images of ``words()`` as files."""
    return [str(save_images(folder) / f"{index}.png") for index in range(len(words()))]


def test_files_are_read_as_evaluation_reads_their_words(tmp_path: Path) -> None:
    read = list(read_images(recognizer(), find_images(save_words(tmp_path)), DECODER))
    assert [[one.text for one in row.candidates] for row in read] == texts(recognizer().read(words(), DECODER))
    row = read[2].as_document()
    assert row["text"] == row["candidates"][0]["text"]
    assert row["confidence"] == pytest.approx(math.exp(row["candidates"][0]["log_probability"]))


def test_one_bad_image_never_ends_the_batch(tmp_path: Path) -> None:
    good = save_words(tmp_path)[0]
    contents = {"empty.png": b"", "text.png": b"hello", "cut.png": Path(good).read_bytes()[:200]}
    bad = [str(write(tmp_path / name, content)) for name, content in contents.items()]
    noise(1, 1).save(tmp_path / "dot.png")
    asked = [good, *bad, str(tmp_path / "dot.png"), str(tmp_path / "gone.png"), str(tmp_path / "*.gif"), good]
    rows = [row.as_document() for row in read_images(recognizer(), find_images(asked), DECODER)]
    assert rows[0]["text"] == rows[-1]["text"]
    assert [row.get("error", "") for row in rows[1:-1]] == [
        "the file is empty",
        "not an image",
        rows[3]["error"],
        "1×1 pixels are too few to hold a word",
        "No such file or directory",
        "no file matches",
    ]
    assert "truncated" in rows[3]["error"] or "broken" in rows[3]["error"]
    assert all(row.keys() == {"image", "error"} for row in rows[1:-1])


def test_only_bad_images_are_rows_too() -> None:
    (row,) = read_images(recognizer(), [ImageArgument(name="x", source=b"")], DECODER)
    assert row.as_document() == {"image": "x", "error": "the file is empty"}


def test_contents_are_read_like_files(tmp_path: Path) -> None:
    path = save_words(tmp_path)[3]
    asked = [*find_images([path]), *find_images(["-"], Path(path).read_bytes())]
    one, other = read_images(recognizer(), asked, DECODER)
    assert texts([one.candidates]) == texts([other.candidates])
    assert other.name == "standard input"


def test_many_images_keep_their_order(tmp_path: Path) -> None:
    paths = save_words(tmp_path)
    several = [paths[index % len(paths)] for index in range(CHUNK + 3)]
    read = list(read_images(recognizer(), find_images(several), BeamSearch(width=1)))
    assert [row.name for row in read] == several
    first = [row.candidates[0].text for row in read[: len(paths)]]
    assert [row.candidates[0].text for row in read] == [first[index % len(paths)] for index in range(CHUNK + 3)]


def test_the_limit_of_megapixels_is_checked(tmp_path: Path) -> None:
    asked = find_images(save_words(tmp_path)[:1])
    (row,) = read_images(recognizer(), asked, DECODER, max_megapixels=0.001)
    assert row.error == "40×40 pixels exceed the limit of 0.001 megapixels"
    with pytest.raises(UsageError, match="`max_megapixels` must be above 0"):
        list(read_images(recognizer(), asked, DECODER, max_megapixels=0))


def reading(text: str, peaks: list[int], columns: int) -> Reading:
    """A text whose letters each looked at one column alone."""
    attention = np.zeros((len(text), columns), dtype=np.float32)
    attention[range(len(text)), peaks] = 1
    return Reading(text=text, log_probability=-0.1, truncated=False, attention=attention)


def test_each_letter_has_its_row_and_shows_what_was_looked_at() -> None:
    grey = Image.new("RGB", (2 * 80, 64), "#787878")
    image = draw_attention(grey, reading("abc", [2, 10, 18], columns=20))
    pixels = np.asarray(image.convert("L"))
    left = image.width - 24 - grey.width
    plain = pixels[:, left : left + grey.width]
    bands = np.flatnonzero((plain[:, 0] != 255) | (plain.min(axis=1) < 100))
    rows = [band for band in np.split(bands, np.flatnonzero(np.diff(bands) > 1) + 1) if len(band) >= 64]
    assert len(rows) == 4, "the image and a row for each letter"
    for row, peak in zip(rows[1:], (2, 10, 18), strict=True):
        darkest = plain[row[32]].astype(int)
        assert abs(int(darkest.argmin()) - (8 * peak + 4)) <= 4
        assert darkest.min() < 140
        assert np.median(darkest) > 200


def test_on_a_dark_ground_the_rest_stays_dark() -> None:
    image = Image.new("RGB", (2 * 80, 64), "black")
    image.paste("white", (0, 20, 160, 30))
    pixels = np.asarray(draw_attention(image, reading("a", [10], columns=20)).convert("L"))
    row = pixels[-24 - 10 - 7 - 64 + 25, -24 - 160 : -24].astype(int)
    assert abs(int(row.argmax()) - 84) <= 4
    assert (row.max(), int(np.median(row)) < 60) == (255, True)


@pytest.mark.parametrize("text", ["", "ß€ 中", "\u202eabc\n", "x" * 40])
def test_any_text_can_be_drawn(text: str) -> None:
    image = draw_attention(Image.new("RGB", (16, 64)), reading(text, [0] * len(text), columns=2))
    assert image.height > 64 * (len(text) + 1)


def test_attention_is_that_of_the_emitted_text(tmp_path: Path) -> None:
    (row,) = read_images(recognizer(), find_images(save_words(tmp_path)[2:3]), DECODER, attention=True)
    assert row.image is not None
    for candidate in row.candidates:
        assert candidate.attention is not None
        assert candidate.attention.shape == (len(candidate.text), -(-row.image.width // 8))
        assert np.allclose(candidate.attention.sum(axis=1), 1, atol=1e-5)


def test_drawings_are_called_like_their_images_and_stay_in_their_folder(tmp_path: Path) -> None:
    drawn = reading("ab", [0, 1], columns=2)
    image = Image.new("RGB", (16, 64))
    found = ["a/x.png", "b/X.png", "../../etc/..", "\x1b[31m.png", "/"]
    images = [ReadImage(name=name, candidates=(drawn,), image=image) for name in found]
    images.append(ReadImage(name="bad.png", error="not an image"))
    folder = tmp_path / "drawn"
    folder.mkdir()
    assert list(write_attention(images, folder)) == images
    assert sorted(path.name for path in folder.iterdir()) == [
        "X-2.png",
        "__31m.png",
        "image-2.png",
        "image.png",
        "x.png",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["drawn"]


def test_an_image_in_colour_is_shown_in_colour() -> None:
    red = BytesIO()
    Image.new("RGB", (60, 40), "red").save(red, "PNG")
    (row,) = read_images(recognizer(), [ImageArgument(name="red", source=red.getvalue())], DECODER, attention=True)
    assert row.image is not None
    assert row.image.getpixel((5, 5)) == (255, 0, 0)
    assert row.image.size == (96, 64)
