from __future__ import annotations

import hashlib
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
import pytest
from fontTools import subset
from fontTools.fontBuilder import FontBuilder
from fontTools.ttLib import TTFont

from dlhw.errors import DataError
from dlhw.ocr.rendering import fonts as module
from dlhw.ocr.rendering.font_files import font_files, matplotlib_files
from dlhw.ocr.rendering.font_records import BASIC, _read_cache
from dlhw.ocr.rendering.fonts import FontSet, evaluation_fonts, training_fonts
from dlhw.ocr.rendering.glyphs import EM, SMALL_EM, typecase
from dlhw.ocr.rendering.typography import PRINTED

TEXT = BASIC + "é&"


@pytest.fixture(autouse=True)
def _no_system_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "system_files", list)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder, one deeper than asked for, with a font of letters and digits alone."""
    (tmp_path / "fonts" / "deep").mkdir(parents=True)
    write_font(tmp_path / "fonts" / "deep" / "basic.TTF", BASIC)
    return tmp_path / "fonts"


def write_font(path: Path, characters: str, *, variable: bool = False) -> None:
    source = next(path for path in matplotlib_files() if path.name == "DejaVuSans.ttf")
    font = TTFont(source)
    tools: Any = subset  # untyped
    subsetter = tools.Subsetter(tools.Options(layout_features=[], hinting=False))
    subsetter.populate(text=characters)
    subsetter.subset(font)
    if variable:
        make: Any = FontBuilder  # untyped
        builder = make(font=font)
        builder.setupFvar([("wght", 200, 400, 700, "Weight"), ("wdth", 50, 100, 150, "Width")], [])
        builder.setupGvar({name: [] for name in font.getGlyphOrder()})
    font.save(path)


def test_matplotlibs_text_fonts_are_found_and_no_others() -> None:
    names = {Path(face.path).name for face in evaluation_fonts(TEXT).faces}
    assert {"DejaVuSans.ttf", "DejaVuSerif-Bold.ttf", "STIXGeneral.ttf"} <= names
    assert not any(name.startswith(("cm", "LastResort", "STIXSiz", "STIXNonUni")) for name in names)
    assert all(frozenset(TEXT) <= face.characters <= frozenset(TEXT) | PRINTED for face in evaluation_fonts(TEXT).faces)


def test_training_has_more_fonts_and_the_same_ones_too(folder: Path) -> None:
    evaluation, training, own = evaluation_fonts(TEXT), training_fonts(TEXT), training_fonts(TEXT, folder)
    assert set(evaluation.faces) < set(training.faces) < set(own.faces)
    assert len({evaluation.fonts_hash, training.fonts_hash, own.fonts_hash}) == 3
    assert evaluation.fonts_hash == evaluation_fonts(BASIC).fonts_hash


def test_computer_modern_draws_letters_and_digits_only() -> None:
    faces = [face for face in training_fonts(TEXT).faces if "cmr10" in face.path]
    assert [face.characters for face in faces] == [frozenset(BASIC)]


def test_a_font_is_never_used_for_what_it_lacks(folder: Path) -> None:
    fonts = training_fonts(TEXT, folder)
    rng = np.random.default_rng(0)
    chosen = [fonts.choose("cafe", rng).path for _ in range(400)]
    assert any(path.endswith("basic.TTF") for path in chosen)
    for text in ("café", "R&B"):
        for _ in range(400):
            face = fonts.choose(text, rng)
            assert set(text) <= face.characters
            assert not face.path.endswith("basic.TTF")


def test_no_font_for_a_text_is_an_error() -> None:
    with pytest.raises(DataError, match=r"lacks? a glyph of “中”"):
        evaluation_fonts(TEXT).choose("中", np.random.default_rng(0))


def test_characters_that_no_font_has_are_named_at_once() -> None:
    with pytest.raises(DataError, match="all 16 fonts lack a glyph for 中 文"):
        evaluation_fonts(TEXT + "文中")


def test_broken_files_are_skipped_and_counted(folder: Path) -> None:
    whole = (folder / "deep" / "basic.TTF").read_bytes()
    (folder / "empty.ttf").touch()
    (folder / "text.otf").write_text("no font at all, though it is called one")
    (folder / "cut.ttf").write_bytes(whole[: len(whole) // 3])
    (folder / "cut.ttc").write_bytes(b"ttcf\0\1\0\0\0\0\0\2")
    fonts = training_fonts(TEXT, folder)
    assert sorted(Path(reason.split(": ")[0]).name for reason in fonts.broken) == [
        "cut.ttc", "cut.ttf", "empty.ttf", "text.otf",
    ]  # fmt: skip
    assert any(face.path.endswith("basic.TTF") for face in fonts.faces)


def test_a_damaged_table_of_names_is_no_flood_of_messages(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    content = bytearray((folder / "deep" / "basic.TTF").read_bytes())
    entry = content.index(b"name")  # in the directory of tables: its name, its checksum, and where it is
    place = int.from_bytes(content[entry + 8 : entry + 12], "big")
    content[place + 2 : place + 4] = b"\xff\xff"  # that many records
    (folder / "damaged.ttf").write_bytes(content)
    assert any(face.path.endswith("damaged.ttf") for face in training_fonts(TEXT, folder).faces)
    assert not [record for record in caplog.records if record.name.startswith("fontTools")]


def test_what_archives_leave_beside_fonts_is_no_font(folder: Path) -> None:
    for name in ("._basic.TTF", "__MACOSX/deep/._basic.TTF", ".uninstalled/basic.ttf"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"no font")
    assert [path.name for path in font_files([folder])] == ["basic.TTF"]


def test_a_font_that_is_not_for_text_is_passed_over(folder: Path) -> None:
    write_font(folder / "digits.ttf", "0123456789")
    fonts = training_fonts(TEXT, folder)
    assert not fonts.broken
    assert not any(face.path.endswith("digits.ttf") for face in fonts.faces)


def test_a_variable_font_comes_in_several_weights(folder: Path) -> None:
    write_font(folder / "variable.ttf", BASIC, variable=True)
    faces = [face for face in training_fonts(TEXT, folder).faces if face.path.endswith("variable.ttf")]
    assert [face.axes for face in faces] == [(300.0, 100.0), (400.0, 100.0), (600.0, 100.0), (700.0, 100.0)]
    assert typecase(faces[0].path, faces[0].index, faces[0].axes, 32).glyph("A").ink.any()


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "there is no folder"), ([], "there are no fonts in"), (["bad.ttf"], "none of the 1 font files in")],
)
def test_a_folder_of_no_use_is_said(content: list[str] | None, message: str, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    if content is not None:
        folder.mkdir()
        for name in content:
            (folder / name).write_text("bad")
    with pytest.raises(DataError, match=message):
        training_fonts(TEXT, folder)


def test_a_set_is_small_to_send_and_sent_whole() -> None:
    fonts = training_fonts(TEXT)
    sent: FontSet = pickle.loads(pickle.dumps(fonts))
    assert sent == fonts
    assert len(pickle.dumps(fonts)) < 300 * len(fonts.faces)


def test_a_family_of_many_faces_does_not_crowd_out_the_others() -> None:
    fonts = evaluation_fonts(TEXT)
    rng = np.random.default_rng(0)
    families = [fonts.choose("a", rng).family for _ in range(2000)]
    assert families.count("STIXGeneral") / 2000 == pytest.approx(0.25, abs=0.05)


def test_fonts_of_signs_are_not_trusted_and_fonts_of_capitals_only_for_capitals(folder: Path) -> None:
    source = next(path for path in matplotlib_files() if path.name == "DejaVuSans.ttf")
    for name, moved in (("capitals", str.upper), ("signs", lambda letter: "★♠♣♥♦☀☁☂☃☎"[ord(letter) % 10])):
        font = TTFont(source)
        for table in font["cmap"].tables:
            glyphs = dict(table.cmap)
            table.cmap = {ord(letter): glyphs.get(ord(moved(letter)), ".notdef") for letter in BASIC}
        font.save(folder / f"{name}.ttf")
    faces = {Path(face.path).name: face for face in training_fonts(TEXT, folder).faces}
    assert "signs.ttf" not in faces
    assert faces["capitals.ttf"].characters == frozenset(filter(lambda letter: not letter.islower(), BASIC))


def test_a_face_unlike_plain_ones_is_used_where_a_person_has_chosen_it(folder: Path) -> None:
    """Signs in place of letters, as ornate lettering may look to the test of likeness."""
    source = next(path for path in matplotlib_files() if path.name == "DejaVuSans.ttf")
    font = TTFont(source)
    for table in font["cmap"].tables:
        glyphs = dict(table.cmap)
        table.cmap = {ord(letter): glyphs.get(ord("★♠♣♥♦☀☁☂☃☎"[at % 10])) for at, letter in enumerate(BASIC)}
        table.cmap = {code: name for code, name in table.cmap.items() if name}
    ornate = folder / "ornate.ttf"
    font.save(ornate)

    def used() -> bool:
        return any(face.path == str(ornate) for face in training_fonts(TEXT, folder).faces)

    assert not used()
    chosen = folder / "chosen.tsv"
    chosen.write_text(f"family\tsha256\nornate\t{hashlib.sha256(ornate.read_bytes()).hexdigest()}\n")
    assert used()
    chosen.write_text("family\tsha256\nornate\t00\n")
    assert not used(), "another file of that name"
    chosen.write_text("family\n")
    with pytest.raises(DataError, match="is not a list of chosen fonts"):
        used()


def test_verdicts_are_kept_and_a_damaged_cache_is_no_fault(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    before = training_fonts(TEXT, folder)
    (kept,) = Path(platformdirs.user_cache_dir("dlhw")).glob("fonts-*.cache")
    assert "basic.TTF" in kept.read_text()
    assert training_fonts(TEXT, folder) == before
    assert not caplog.messages
    for damaged in ("{", kept.read_text().replace("0.0", "7.0", 1).replace("basic.TTF", "other.TTF")):
        kept.write_text(damaged)
        _read_cache.cache_clear()  # its size may be as before, and its time within the clock's grain
        assert training_fonts(TEXT, folder) == before
        (said,) = caplog.messages
        assert f"{kept} is damaged; the fonts are examined again" in said
        caplog.clear()


def test_kept_verdicts_are_read_once_in_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    evaluation_fonts("ab")  # so that there are some
    (kept,) = Path(platformdirs.user_cache_dir("dlhw")).glob("fonts-*.cache")
    _read_cache.cache_clear()
    read: list[Path] = []
    original = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: read.append(path) or original(path))  # type: ignore[func-returns-value]
    faces = [evaluation_fonts(letters).faces for letters in ("ab", "abc", "ab")]
    assert read.count(kept) == 1
    assert faces[0] == faces[2]


@pytest.mark.parametrize("size", [EM, SMALL_EM])
def test_every_character_that_a_face_is_trusted_with_leaves_ink(size: int) -> None:
    for face in training_fonts(TEXT).faces:
        case = typecase(face.path, face.index, face.axes, size)
        assert all(case.glyph(letter).ink.size for letter in face.characters), face.path
