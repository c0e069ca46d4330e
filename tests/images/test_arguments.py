from __future__ import annotations

import os
import sys
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from dlhw.errors import DataError, UsageError
from dlhw.images.arguments import find_images
from dlhw.images.formats import is_image
from tests.images.files import write


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("b.png", "a.JPG", "deep/c.tif", ".hidden.png", ".git/d.png", "labels.tsv"):
        write(tmp_path / "pictures" / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(*asked: str, stdin: bytes | None = None) -> list[str]:
    return [one.name for one in find_images(asked, stdin)]


def test_a_folder_stands_for_its_images(folder: Path) -> None:
    assert names("pictures") == ["pictures/a.JPG", "pictures/b.png", "pictures/deep/c.tif"]


def test_a_pattern_stands_for_what_matches(folder: Path) -> None:
    assert names("pictures/*.png") == ["pictures/b.png"]
    assert names("pictures/**/*.tif") == ["pictures/deep/c.tif"]
    assert names(str(folder / "pict*")) == [f"{folder}/pictures/{name}" for name in ("a.JPG", "b.png", "deep/c.tif")], (
        "a pattern may be absolute, and match a folder"
    )


def test_a_file_that_is_called_like_a_pattern_is_that_file(folder: Path) -> None:
    write(folder / "[b].png")
    write(folder / "b.png")
    assert names("[b].png") == ["[b].png"]


def test_what_leads_to_nothing_is_kept_with_the_reason(folder: Path) -> None:
    (folder / "empty").mkdir()
    asked = find_images(["empty", "*.gif", "gone.png", "x" * 5000])
    assert [one.problem for one in asked] == [
        "the folder holds no images",
        "no file matches",
        "",
        "File name too long",
    ]
    assert [one.source for one in asked] == [None, None, Path("gone.png"), None]


@pytest.mark.parametrize("address", ["https://example.org/a.png?size=2", "S3://words/a.png", "file:///tmp/a.png"])
def test_an_address_is_told_from_a_path(address: str, folder: Path) -> None:
    (asked,) = find_images([address])
    assert asked.name == address
    assert asked.source is None
    assert asked.problem == "an address, and nothing is downloaded: send it by curl -s ADDRESS | dlhw … -"


def test_a_file_behind_what_looks_like_an_address_is_that_file(folder: Path) -> None:
    write(folder / "https:/a.png")
    assert find_images(["https://a.png"])[0].source == Path("https:/a.png")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM", "JPEG2000"])
def test_images_are_told_by_their_first_bytes(kind: str) -> None:
    file = BytesIO()
    Image.new("RGB", (60, 40), "red").save(file, kind)
    assert is_image(file.getvalue())
    (asked,) = find_images(["-"], file.getvalue())
    assert isinstance(asked.source, bytes)
    assert Image.open(BytesIO(asked.source)).format == kind


@pytest.mark.parametrize("line", ["BMW.png", "P5", "P5.png", "GIF89.gif", "RIFF.webp", "II.tif", "ftyp"])
def test_paths_that_begin_like_an_image_are_paths(folder: Path, line: str) -> None:
    assert names("-", stdin=f"{line}\n{line}".encode()) == [line, line]


def test_a_foreign_image_in_a_folder_is_a_row_with_the_reason(folder: Path) -> None:
    write(folder / "phone/x.heic")
    (asked,) = find_images(["phone"])
    assert (asked.name, asked.source) == ("phone/x.heic", None)
    assert "HEIC format, which cannot be opened here" in asked.problem


def test_what_is_never_data_matches_no_pattern_unless_it_is_spelled_out(folder: Path) -> None:
    write(folder / "__MACOSX/a.png")
    assert names("*/a.*") == ["pictures/a.JPG"]
    assert names("__MACOSX/*") == ["__MACOSX/a.png"]


def test_a_folder_with_nothing_but_runs_says_so(folder: Path) -> None:
    write(folder / "runs/1/config.json", '{"command": "cnn-train"}')
    write(folder / "runs/1/figures/loss.png")
    (asked,) = find_images(["runs"])
    assert asked.problem == "the folder holds no images, runs of dlhw aside"


def test_a_pattern_leaves_runs_aside_that_it_does_not_name(folder: Path) -> None:
    write(folder / "runs/1/config.json", '{"command": "cnn-train"}')
    write(folder / "runs/1/figures/loss.png")
    assert names("**/*.png") == ["pictures/b.png"]
    assert names("runs/1/**/*.png") == names("runs/1/figures/l*.png") == ["runs/1/figures/loss.png"]
    (asked,) = find_images(["runs/*/figures/*.png"])
    assert asked.problem == "no file matches, runs of dlhw aside"


@pytest.mark.parametrize("end", [b"", b"\0"])
def test_paths_may_end_with_nul(folder: Path, end: bytes) -> None:
    write(folder / "two\nlines.png")
    assert names("-", stdin=b"pictures/b.png\0two\nlines.png\0gone .png" + end) == [
        *("pictures/b.png", "two\nlines.png", "gone .png"),
    ]


def test_paths_come_one_a_line(folder: Path) -> None:
    came = b"\xef\xbb\xbfpictures\r\n\r\n with space .png\nx.png"
    assert names("first.png", "-", stdin=came) == [
        *("first.png", "pictures/a.JPG", "pictures/b.png", "pictures/deep/c.tif"),
        *(" with space .png", "x.png"),
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="names are bytes on Linux alone")
def test_a_path_that_is_no_utf8_leads_to_its_file(folder: Path) -> None:
    path = write(Path(os.fsdecode(b"caf\xe9.png")), b"here")
    (asked,) = find_images(["-"], b"caf\xe9.png\n")
    assert asked.name == "caf�.png"
    assert isinstance(asked.source, Path)
    assert asked.source.read_bytes() == path.read_bytes() == b"here"


@pytest.mark.parametrize(
    ("came", "message"),
    [
        (b"", "standard input is empty"),
        (b" \n\r\n", "standard input is empty"),
        (b"\x7fELF\0\0", "neither an image with known first bytes nor a list of paths"),
    ],
)
def test_standard_input_that_is_nothing_is_said(came: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        find_images(["-"], came)


def test_standard_input_is_read_once() -> None:
    with pytest.raises(UsageError, match="only once"):
        find_images(["-", "a.png", "-"], b"x.png")
