"""Images of words on one sheet, to be looked at: rows of natural aspect, each word with its text below."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from dlhw.ocr.rendering.fonts import evaluation_fonts
from dlhw.ocr.rendering.glyphs import open_font

WIDTH = 1600
IMAGE_HEIGHT = 60
LABEL_SIZE = 14
LABEL_HEIGHT = 24
GAP = 18
MARGIN = 40
HEADER = 44
HEADING_WIDTH = 220
PAPER, TEXT, FAINT = (250, 249, 246), (72, 70, 66), (140, 137, 130)

Example = tuple[str, Image.Image]


@dataclass(frozen=True, kw_only=True)
class Cell:
    """An image and its label."""

    image: Image.Image
    """At the sheet's height."""
    text: str
    """What stands below."""
    width: int
    """Of the wider of the two, in pixels."""
    heading: bool = False
    """Whether it is no word but the name of a row."""


def draw_sheet(
    examples: Iterable[Example], title: str, kinds: Iterable[tuple[str, Iterable[Example]]] = ()
) -> Image.Image:
    """Lay out words and their images, RGB, under a title: 1,600 pixels wide, as high as they need.

    Args:
        examples: texts and images.
        title: what they are.
        kinds: headings, each with the words of one row below the examples; those that it has no room for are left out.
    """
    plain = next(face for face in evaluation_fonts("a").faces if face.path.endswith("DejaVuSans.ttf"))
    font = open_font(plain.path, plain.index, plain.axes, LABEL_SIZE)
    rows = list(_rows([_cell(text, image, font) for text, image in examples]))
    for heading, words in kinds:
        cells = [_heading(heading, font), *(_cell(text, image, font) for text, image in words)]
        rows.append(_one_row(cells))
    row_height = IMAGE_HEIGHT + LABEL_HEIGHT + GAP
    sheet = Image.new("RGB", (WIDTH, HEADER + len(rows) * row_height + MARGIN - GAP // 2), PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((MARGIN, HEADER - 16), title, fill=FAINT, font=font, anchor="ls")
    for number, row in enumerate(rows):
        y = HEADER + number * row_height
        gap = _gap(row, last=number == len(rows) - 1 or row[0].heading)
        x = float(MARGIN)
        for cell in row:
            sheet.paste(cell.image, (round(x + (cell.width - cell.image.width) / 2), y))
            below = (round(x + cell.width / 2), y + IMAGE_HEIGHT + 16)
            draw.text(below, cell.text, fill=TEXT, font=font, anchor="ms")
            x += cell.width + gap
    return sheet


def _heading(text: str, font: ImageFont.FreeTypeFont) -> Cell:
    image = Image.new("RGB", (HEADING_WIDTH, IMAGE_HEIGHT), PAPER)
    ImageDraw.Draw(image).text((0, IMAGE_HEIGHT // 2), text, fill=TEXT, font=font, anchor="lm")
    return Cell(image=image, text="", width=HEADING_WIDTH, heading=True)


def _cell(text: str, image: Image.Image, font: ImageFont.FreeTypeFont) -> Cell:
    width = max(1, min(round(image.width * IMAGE_HEIGHT / image.height), WIDTH - 2 * MARGIN))
    scaled = image.resize((width, IMAGE_HEIGHT), Image.Resampling.BICUBIC)
    return Cell(image=scaled, text=text, width=max(width, round(font.getlength(text))))


def _rows(cells: Sequence[Cell]) -> Iterator[list[Cell]]:
    row: list[Cell] = []
    used = 0
    for cell in cells:
        if row and used + GAP + cell.width > WIDTH - 2 * MARGIN:
            yield row
            row, used = [], 0
        used += cell.width + (GAP if row else 0)
        row.append(cell)
    if row:
        yield row


def _one_row(cells: Sequence[Cell]) -> list[Cell]:
    """Those that one row has room for."""
    row: list[Cell] = []
    left = WIDTH - 2 * MARGIN
    for cell in cells:
        if cell.width + (GAP if row else 0) <= left:
            left -= cell.width + (GAP if row else 0)
            row.append(cell)
    return row


def _gap(row: Sequence[Cell], *, last: bool) -> float:
    """Between the cells of a row, so that full rows end together."""
    if last or len(row) == 1:
        return GAP
    return (WIDTH - 2 * MARGIN - sum(cell.width for cell in row)) / (len(row) - 1)
