from __future__ import annotations

import csv
import json
import math
import sys
from collections.abc import Callable
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import matplotlib
import pytest
from PIL import Image, ImageDraw, ImageFont

from tests.conftest import Invoke
from tests.ocr.folders import noise, write
from tests.ocr.recognisers import TEXTS, save, save_images


@pytest.fixture
def checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small network in the place of the package's."""
    path = save(tmp_path / "weights/ours.safetensors")
    monkeypatch.setattr("dlhw.ocr.checkpoints.pretrained", lambda: path)
    return path


@pytest.fixture
def images(tmp_path: Path) -> Path:
    return save_images(tmp_path / "pictures")


@pytest.fixture
def send(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    """Put something on standard input."""
    return lambda content: monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(content)))


def test_an_image_is_read_bare(checkpoint: Path, images: Path, invoke: Invoke) -> None:
    outcome = invoke("ocr", "read", "pictures/0.png")
    assert outcome.code == 0
    assert outcome.stderr == f"recogniser: {checkpoint}\n"
    rows = [line.split() for line in outcome.stdout.splitlines() if "0.png" in line]
    assert rows[0][:2] == ["pictures/0.png", "ab"]
    assert 0 <= float(rows[0][2]) <= 1
    assert "that of the whole string" in outcome.stdout


def test_as_json(checkpoint: Path, images: Path, invoke: Invoke) -> None:
    document = json.loads(invoke("ocr", "read", images, "--beam", "2", "--json").stdout)
    assert document.keys() == {
        *("command", "version", "checkpoint", "beam", "images", "attention_images", "device", "seconds"),
        *("allow", "csv"),
        *("second_look", "prior", "lexicon"),
    }
    assert [row["image"] for row in document["images"]] == [str(images / f"{index}.png") for index in range(8)]
    for row in document["images"]:
        assert row.keys() == {"image", "text", "confidence", "candidates"}
        assert row["text"] == row["candidates"][0]["text"]
        assert 1 <= len(row["candidates"]) <= 2
        for one in row["candidates"]:
            assert one.keys() == {"text", "log_probability", "letters"}
            assert "".join(letter["text"] for letter in one["letters"]) == one["text"]
            # The probability of the text is that of its letters and of its end.
            product = math.prod(letter["probability"] for letter in one["letters"])
            assert product >= math.exp(one["log_probability"]) - 1e-3
        with Image.open(row["image"]) as image:
            for letter in row["candidates"][0]["letters"]:
                left, top, right, bottom = letter["box"]
                assert 0 <= left <= right <= image.width + 0.1
                assert (top, bottom) == (0, image.height)
    assert sum(row["text"] == text for row, text in zip(document["images"], TEXTS, strict=True)) >= 4


def test_a_word_in_a_wide_margin_is_read_as_if_cut_closely(tmp_path: Path, invoke: Invoke) -> None:
    font = ImageFont.truetype(str(Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSans.ttf"), 40)
    page = Image.new("L", (620, 300), 255)
    ImageDraw.Draw(page).text((150, 120), "Rua", font=font, fill=0)
    page.save(tmp_path / "loose.png")
    left, top, right, bottom = map(int, font.getbbox("Rua"))
    close = (left + 150 - 5, top + 120 - 5, right + 150 + 5, bottom + 120 + 5)
    page.crop(close).save(tmp_path / "close.png")
    outcome = invoke("ocr", "read", tmp_path, "--json")
    tight, loose = json.loads(outcome.stdout)["images"]
    assert loose["text"] == tight["text"] == "Rua"
    boxes = [[letter["box"] for letter in row["candidates"][0]["letters"]] for row in (tight, loose)]
    for near, far in zip(*boxes, strict=True):  # in pixels of the whole image
        assert abs(far[0] - near[0] - close[0]) < 4
        assert abs(far[2] - near[2] - close[0]) < 4
        assert 60 < far[1] < 130 < 160 < far[3] < 220


def test_proposals_are_shown_where_they_are_asked_for(checkpoint: Path, images: Path, invoke: Invoke) -> None:
    alone = invoke("ocr", "read", "pictures/0.png").stdout.splitlines()
    several = invoke("ocr", "read", "pictures/0.png", "--beam", "3").stdout.splitlines()
    assert len(several) == len(alone) + 2


def test_a_second_look_is_said(checkpoint: Path, images: Path, invoke: Invoke) -> None:
    plain = json.loads(invoke("ocr", "read", images, "--json").stdout)
    document = json.loads(invoke("ocr", "read", images, "--second-look", "--json").stdout)
    assert (plain["second_look"], document["second_look"], document["prior"]) == (False, True, None)
    assert document["images"] != plain["images"]
    drawn = invoke("ocr", "read", images, "--second-look", "--attention-images", "eyes")
    assert f"recogniser: {checkpoint}, with second look\n" in drawn.stderr
    assert drawn.code == 0
    assert len(list((images.parent / "eyes").iterdir())) == 8


def test_bad_images_are_rows_and_exit_1(checkpoint: Path, images: Path, invoke: Invoke) -> None:
    write(images / "\x1b[31m[bold]red.png", "hello")
    write(images / "empty.png")
    outcome = invoke("ocr", "read", "pictures", "gone.png", "*.gif")
    assert outcome.code == 1
    assert r"pictures/\u001b[31m[bold]red.png" in outcome.stdout
    assert "\x1b" not in outcome.stdout + outcome.stderr
    assert outcome.stdout.count("cannot be read: ") == 4
    assert "pictures/7.png" in outcome.stdout
    assert "error: 4 of 12 images could not be read" in outcome.stderr
    document = json.loads(invoke("ocr", "read", "pictures", "--json").stdout)
    assert sum("error" in row for row in document["images"]) == 2


def test_the_pages_that_were_not_read_are_said(checkpoint: Path, tmp_path: Path, invoke: Invoke) -> None:
    page = Image.effect_noise((60, 32), 60)
    page.save(tmp_path / "two.tif", save_all=True, append_images=[page])
    outcome = invoke("ocr", "read", "two.tif", "--json")
    assert outcome.code == 0
    assert json.loads(outcome.stdout)["images"][0]["pages"] == 2
    assert "two.tif has 2 pages, of which the first alone was read" in outcome.stderr


def test_others_are_spoken_of_only_where_there_are_some(checkpoint: Path, images: Path, invoke: Invoke) -> None:
    write(images.parent / "phone/x.heic", "x")
    alone = invoke("ocr", "read", "phone")
    assert "phone/x.heic" in alone.stdout
    assert "HEIC" in alone.stdout
    assert "error: the only image could not be read" in alone.stderr
    assert "the others" not in alone.stderr
    assert "the others were read" in invoke("ocr", "read", "phone", "pictures/0.png").stderr


@pytest.mark.parametrize(
    ("content", "error"),
    [(b"", "the file is empty"), (b"\x89PNG\r\n\x1a\n", "not an image"), (b"hello", "not an image")],
)
def test_where_nothing_can_be_read_that_is_the_result(
    content: bytes, error: str, checkpoint: Path, tmp_path: Path, invoke: Invoke
) -> None:
    write(tmp_path / "bad.png", content)
    outcome = invoke("ocr", "read", "bad.png", "--json")
    assert outcome.code == 1
    assert json.loads(outcome.stdout)["images"] == [{"image": "bad.png", "error": error}]


def test_an_image_on_standard_input(
    checkpoint: Path, images: Path, invoke: Invoke, send: Callable[[bytes], None]
) -> None:
    expected = json.loads(invoke("ocr", "read", "pictures/2.png", "--json").stdout)["images"][0]
    send((images / "2.png").read_bytes())
    assert json.loads(invoke("ocr", "read", "-", "--json").stdout)["images"] == [expected | {"image": "standard input"}]


def test_paths_on_standard_input(checkpoint: Path, images: Path, invoke: Invoke, send: Callable[[bytes], None]) -> None:
    send(b"pictures/2.png\ngone\xff.png\n")
    outcome = invoke("ocr", "read", "-", "pictures/0.png", "--json")
    assert outcome.code == 1
    rows = json.loads(outcome.stdout)["images"]
    assert [row["image"] for row in rows] == ["pictures/2.png", "gone\N{REPLACEMENT CHARACTER}.png", "pictures/0.png"]
    assert rows[1]["error"] == "No such file or directory"


def test_attention_is_drawn(checkpoint: Path, images: Path, tmp_path: Path, invoke: Invoke) -> None:
    outcome = invoke("ocr", "read", "pictures", "--attention-images", "new/eyes")
    assert outcome.code == 0
    assert "where the network looked: new/eyes" in outcome.stdout
    drawn = sorted((tmp_path / "new/eyes").iterdir())
    assert [path.name for path in drawn] == [f"{index}.png" for index in range(8)]
    for path in drawn:
        with Image.open(path) as image:
            image.load()


@pytest.mark.parametrize(
    ("arguments", "came", "code", "message"),
    [
        ([], b"", 2, "IMAGE"),
        (["-"], b"", 1, "standard input is empty"),
        (["-"], b"\0\1\2", 1, "neither an image"),
        (["-", "-"], b"x", 2, "read only once"),
        (["x.png", "--beam", "0"], b"", 2, "--beam must be 1 or more"),
        (["pictures", "--max-megapixels", "0"], b"", 2, "--max-megapixels must be above 0"),
        (["x.png", "--checkpoint", "pictures"], b"", 1, "pictures is a folder, but no run directory"),
        (["x.png", "--checkpoint", "pictures/0.png"], b"", 1, "is not a whole checkpoint"),
        (["pictures", "--attention-images", "pictures/0.png"], b"", 1, "cannot be made"),
        (["pictures", "--attention-images", "x", "--checkpoint", "blind"], b"", 1, "without attention"),
    ],
)
def test_what_does_not_work_is_said(
    arguments: list[str],
    came: bytes,
    code: int,
    message: str,
    checkpoint: Path,
    images: Path,
    tmp_path: Path,
    invoke: Invoke,
    send: Callable[[bytes], None],
) -> None:
    save(tmp_path / "blind", attention=False)
    send(came)
    outcome = invoke("ocr", "read", *arguments)
    assert outcome.code == code
    assert outcome.stdout == ""
    assert message in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_a_package_without_weights_says_so(tmp_path: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    from dlhw.ocr import pretrained

    monkeypatch.setattr("dlhw.ocr.checkpoints.pretrained", lambda: pretrained.pretrained(folder=tmp_path))
    outcome = invoke("ocr", "read", "x.png")
    assert (outcome.code, outcome.stdout) == (1, "")
    assert "this installation of dlhw lacks the recogniser attention.safetensors" in outcome.stderr
    assert "--checkpoint" in outcome.stderr


def test_without_attention_there_are_letters_and_no_boxes(tmp_path: Path, images: Path, invoke: Invoke) -> None:
    blind = save(tmp_path / "blind.safetensors", attention=False)
    document = json.loads(invoke("ocr", "read", images / "0.png", "--checkpoint", blind, "--json").stdout)
    letters = document["images"][0]["candidates"][0]["letters"]
    assert letters
    assert all(letter["box"] is None and 0 < letter["probability"] <= 1 for letter in letters)


def test_nothing_but_allowed_characters_is_written(checkpoint: Path, images: Path, invoke: Invoke) -> None:
    outcome = invoke("ocr", "read", images, "--allow", "ab5\N{SNOWMAN}", "--json")
    document = json.loads(outcome.stdout)
    assert document["allow"] == "ab5\N{SNOWMAN}"
    assert "the recogniser has not learnt \N{SNOWMAN}" in outcome.stderr
    for row in document["images"]:
        assert all(set(one["text"]) <= set("ab5") for one in row["candidates"])
    outcome = invoke("ocr", "read", images, "--allow", "\N{SNOWMAN}")
    assert outcome.code == 2
    assert "has no character that the recogniser can write" in outcome.stderr
    outcome = invoke("ocr", "read", images, "--allow", "ab", "--lexicon", write(images.parent / "list", "ab"))
    assert outcome.code == 2
    assert "give one of the two" in outcome.stderr


def test_every_image_is_a_line_of_the_table(checkpoint: Path, images: Path, invoke: Invoke) -> None:
    write(images / "broken.png", b"no image")
    outcome = invoke("ocr", "read", images, "--beam", "2", "--csv", "texts.csv")
    assert outcome.code == 1, "an image could not be read, and the table has the others"
    with Path("texts.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [Path(row["image"]).name for row in rows] == [*(f"{index}.png" for index in range(8)), "broken.png"]
    assert list(rows[0]) == [
        *("image", "text", "confidence", "error"),
        *("candidate_1", "log_probability_1", "candidate_2", "log_probability_2"),
    ]
    assert rows[0]["text"] == rows[0]["candidate_1"]
    assert float(rows[0]["confidence"]) == pytest.approx(math.exp(float(rows[0]["log_probability_1"])), rel=1e-4)
    assert rows[-1]["text"] == ""
    assert rows[-1]["error"]
    outcome = invoke("ocr", "read", images, "--csv", "nowhere/texts.csv")
    assert outcome.code == 1
    assert "nowhere/texts.csv cannot be written" in outcome.stderr


def test_an_image_wider_than_eight_to_one_is_read_in_parts_or_said(
    checkpoint: Path, tmp_path: Path, invoke: Invoke
) -> None:
    noise(900, 40).save(tmp_path / "wide.png")
    noise(60, 40).save(tmp_path / "word.png")
    outcome = invoke(
        "ocr", "read", tmp_path / "wide.png", tmp_path / "word.png", "--json", "--attention-images", "eyes"
    )
    wide, word = json.loads(outcome.stdout)["images"]
    assert wide["parts"] >= 1
    assert "parts" not in word
    assert "wider than 8:1" in outcome.stderr
    for letter in wide["candidates"][0]["letters"]:
        assert 0 <= letter["box"][0] <= letter["box"][2] <= 900.5
    assert Path("eyes/wide.png").exists()
    blind = save(tmp_path / "blind.safetensors", attention=False)
    outcome = invoke("ocr", "read", tmp_path / "wide.png", "--checkpoint", blind, "--json")
    assert json.loads(outcome.stdout)["images"][0]["parts"] == 1
    assert "squeezed, which may cost letters" in outcome.stderr


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_lines_are_the_rows_of_the_document(checkpoint: Path, images: Path, invoke: Invoke) -> None:
    rows = json.loads(invoke("ocr", "read", "pictures", "gone.png", "--json").stdout)["images"]
    for row in rows:
        for one in row.get("candidates", []):
            del one["letters"]
    outcome = invoke("ocr", "read", "pictures", "gone.png", "--jsonl", "texts.jsonl")
    assert outcome.code == 1
    assert outcome.stdout == "texts.jsonl: 8 images read, 1 that cannot be read\n"
    assert "1 of 9 images could not be read" in outcome.stderr
    assert lines(images.parent / "texts.jsonl") == rows
    streamed = invoke("ocr", "read", "pictures", "gone.png", "--jsonl", "-").stdout
    assert streamed == (images.parent / "texts.jsonl").read_text()


def test_lines_that_are_there_are_left_out_and_the_rest_is_as_in_one_go(
    checkpoint: Path,
    images: Path,
    invoke: Invoke,
    send: Callable[[bytes], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Cut short in the middle of a chunk, and of a line: the same bytes in the end."""
    monkeypatch.setattr("dlhw.ocr.reading.CHUNK", 3)
    assert invoke("ocr", "read", "pictures", "--jsonl", "whole.jsonl").code == 0
    whole = (images.parent / "whole.jsonl").read_bytes()
    cut = images.parent / "cut.jsonl"
    cut.write_bytes(whole[: whole.index(b'"image": "pictures/5.png"') - 25])
    assert not cut.read_bytes().endswith(b"\n")
    send("".join(f"pictures/{index}.png\n" for index in range(8)).encode())
    outcome = invoke("ocr", "read", "-", "--jsonl", "cut.jsonl", "--json")
    document = json.loads(outcome.stdout)
    assert (document["read"], document["skipped"], document["failed"]) == (4, 4, 0)
    assert "cut.jsonl has 4 images, not to be read again" in outcome.stderr
    assert cut.read_bytes() == whole
    assert json.loads(invoke("ocr", "read", "pictures", "--jsonl", "cut.jsonl", "--json").stdout)["skipped"] == 8
    assert cut.read_bytes() == whole


def test_an_image_on_standard_input_is_read_each_time(
    checkpoint: Path, images: Path, invoke: Invoke, send: Callable[[bytes], None]
) -> None:
    for times in (1, 2):
        send((images / "2.png").read_bytes())
        assert invoke("ocr", "read", "-", "--jsonl", "texts.jsonl").code == 0
        assert [row["image"] for row in lines(images.parent / "texts.jsonl")] == ["standard input"] * times


@pytest.mark.parametrize("content", [b"no JSON", b"no JSON\n", b'{"image": 3}\n', b"\x89PNG\r\n\x1a\n\0\0", b"[1]\n"])
def test_a_file_of_something_else_stays_as_it_is(
    content: bytes, checkpoint: Path, images: Path, invoke: Invoke
) -> None:
    (images.parent / "other").write_bytes(content)
    outcome = invoke("ocr", "read", "pictures", "--jsonl", "other")
    assert outcome.code == 1
    assert "other, line 1, is not a result of dlhw ocr read --jsonl" in outcome.stderr
    assert (images.parent / "other").read_bytes() == content


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--jsonl", "a", "--csv", "b"), "--csv once all are"),
        (("--jsonl", "a", "--attention-images", "b"), "--attention-images once all are"),
        (("--jsonl", "-", "--json"), "both write to standard output"),
    ],
)
def test_what_does_not_go_with_lines(
    arguments: tuple[str, ...], message: str, checkpoint: Path, images: Path, invoke: Invoke
) -> None:
    outcome = invoke("ocr", "read", "pictures", *arguments)
    assert outcome.code == 2
    assert message in outcome.stderr


@pytest.mark.parametrize(
    ("place", "message"), [("pictures", "not a file that lines"), ("nowhere/texts.jsonl", "cannot be written: ")]
)
def test_lines_that_cannot_be_written(place: str, message: str, checkpoint: Path, images: Path, invoke: Invoke) -> None:
    outcome = invoke("ocr", "read", "pictures", "--jsonl", place)
    assert outcome.code == 1
    assert f"{place} " in outcome.stderr
    assert message in outcome.stderr
    assert not (images.parent / "nowhere").exists()
