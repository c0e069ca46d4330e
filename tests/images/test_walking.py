from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from dlhw.images.walking import has_images, subfolders, walk
from tests.images.files import write


def test_what_is_never_data_is_left_aside(tmp_path: Path) -> None:
    kept = ("a.JPG", "b/c.jfif", "b/d.txt")
    never = (
        *(".hidden.png", ".git/a.png", "b/._c.jfif", "__MACOSX/b/._c.jpg", "__macosx/b/c.jpg", "Thumbs.db"),
        *("b/.ipynb_checkpoints/c-checkpoint.png", "b/Thumbs.db", "b/desktop.ini", "@eaDir/a.jpg", "b/.DS_Store"),
    )
    for name in (*kept, *never):
        write(tmp_path / name)
    assert [str(path.relative_to(tmp_path)) for path in walk(tmp_path).files] == list(kept)
    assert [path.name for path in walk(tmp_path).images] == ["a.JPG", "c.jfif"]
    assert [path.name for path in subfolders(tmp_path)] == ["b"]


def test_runs_of_dlhw_are_no_data_and_other_configurations_are(tmp_path: Path) -> None:
    write(tmp_path / "runs/cnn-train/1/config.json", json.dumps({"command": "cnn-train"}))
    write(tmp_path / "runs/cnn-train/1/figures/loss.png")
    write(tmp_path / "page/config.json", json.dumps({"command": "reproduce"}))
    write(tmp_path / "page/a.png")
    for name, content in (("model", '{"hidden_size": 5}'), ("list", "[]"), ("deep", "[" * 100_000), ("bad", "{")):
        write(tmp_path / name / "config.json", content)
        write(tmp_path / name / "a.png")
    walked = walk(tmp_path)
    assert walked.has_runs
    assert {path.parent.name for path in walked.images} == {"model", "list", "deep", "bad"}
    assert "page" not in {path.name for path in subfolders(tmp_path)}
    assert [path.name for path in walk(tmp_path / "page").images] == ["a.png"], "a folder that is named is looked at"


def test_images_of_formats_that_cannot_be_opened_are_named(tmp_path: Path) -> None:
    for name in ("a.png", "b.HEIC", "c.pdf", "notes.txt"):
        write(tmp_path / name)
    assert [(path.name, reason.split(",")[0]) for path, reason in walk(tmp_path).foreign] == [
        ("b.HEIC", "HEIC format"),
        ("c.pdf", "PDF format"),
    ]
    assert has_images(tmp_path)


def test_only_files_are_images(tmp_path: Path) -> None:
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "gone.png").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "waits.png")
    write(tmp_path / "a.png")
    (tmp_path / "link.png").symlink_to("a.png")
    assert [path.name for path in walk(tmp_path).images] == ["a.png", "link.png"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list every folder")
def test_a_closed_folder_is_named(tmp_path: Path) -> None:
    write(tmp_path / "closed/a.png")
    (tmp_path / "closed").chmod(0)
    try:
        ((path, reason),) = walk(tmp_path).closed
    finally:
        (tmp_path / "closed").chmod(0o700)
    assert (path.name, reason) == ("closed", "Permission denied")
