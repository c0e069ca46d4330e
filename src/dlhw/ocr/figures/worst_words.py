"""The words that were read worst, as one image."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw
from rapidfuzz.distance import Levenshtein

from dlhw.ocr.data import Words
from dlhw.ocr.figures.typesetting import FAINT, INK, RULE, WRONG, typeface, visible
from dlhw.ocr.preprocessing import HEIGHT
from dlhw.ocr.scoring.scores import WorstWord

SCALE = 2
MARGIN, IMAGE, GAP, TEXT = 28, 320, 28, 320
ROW = HEIGHT * SCALE + 22


def draw_worst(words: Words, worst: Sequence[WorstWord], path: Path, *, title: str) -> Path:
    """Draw images with what they say and what was read in them, the letters that differ in another colour.

    Args:
        words: those that were scored; worst words beyond them are images that could not be read.
        worst: which of them.
        path: of the image.
        title: what was read.
    """
    width, heading = 2 * MARGIN + IMAGE + GAP + TEXT, 100
    sheet = Image.new("RGB", (width, heading + ROW * max(len(worst), 1) + MARGIN), "white")
    draw = ImageDraw.Draw(sheet)
    draw.text((MARGIN, MARGIN - 6), "The words with most errors", INK, typeface(20))
    draw.text((MARGIN, MARGIN + 22), _fitted(title, width - 2 * MARGIN, 12), FAINT, typeface(12))
    draw.text((MARGIN + IMAGE + GAP, heading - 20), "written, and read", FAINT, typeface(12))
    if not worst:
        draw.text((MARGIN, heading + 20), "Every word was read right.", INK, typeface(14))
    for row, word in enumerate(worst):
        top = heading + row * ROW
        draw.line((MARGIN, top, width - MARGIN, top), RULE)
        middle = top + ROW // 2
        if word.index < len(words):
            image = _image(words, word.index)
            sheet.paste(image, (MARGIN, middle - image.height // 2))
        else:
            draw.text((MARGIN, middle), "could not be read", FAINT, typeface(13), anchor="lm")
        left = MARGIN + IMAGE + GAP
        missing, wrong = _differing(word.reference, word.text)
        _write(draw, (left, middle - 15), word.reference, missing, INK, "nothing is written")
        _write(draw, (left, middle + 17), word.text, wrong, WRONG, "nothing was read")
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path)
    return path


def _image(words: Words, index: int) -> Image.Image:
    image = Image.fromarray(words.image(index))
    scale = min(SCALE, IMAGE / image.width)
    return image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.LANCZOS)


def _differing(reference: str, text: str) -> tuple[set[int], set[int]]:
    """Which letters of the reference were not read, and which of the text are not there."""
    edits = Levenshtein.editops(reference, text)
    return (
        {edit.src_pos for edit in edits if edit.tag != "insert"},
        {edit.dest_pos for edit in edits if edit.tag != "delete"},
    )


def _write(
    draw: ImageDraw.ImageDraw, place: tuple[int, int], text: str, marked: set[int], colour: str, empty: str
) -> None:
    """A text with some of its letters bold and in a colour."""
    x, y = float(place[0]), place[1]
    if not text:
        draw.text((x, y), empty, FAINT, typeface(13), anchor="lm")
        return
    size = 22
    while size > 9 and sum(typeface(size).getlength(visible(letter)) for letter in text) > TEXT:
        size -= 1
    for position, letter in enumerate(text):
        shown = visible(letter)
        face = typeface(size, bold=position in marked)
        draw.text((x, y), shown, colour if position in marked else FAINT, face, anchor="lm")
        x += face.getlength(shown)


def _fitted(text: str, width: int, size: int) -> str:
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    if typeface(size).getlength(shown) <= width:
        return shown
    while shown and typeface(size).getlength(f"{shown}…") > width:
        shown = shown[:-1]
    return f"{shown}…"
