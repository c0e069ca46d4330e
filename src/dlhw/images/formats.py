"""Which files are images, by their suffix and by their first bytes: one list for every command.

A file of a format that cannot be opened here is called by its name, with what to do about it.
"""

from __future__ import annotations

import re
from pathlib import PurePath

SUFFIXES = frozenset(
    {
        *(".apng", ".avif", ".bmp", ".dds", ".dib", ".gif", ".j2c", ".j2k", ".jfif", ".jp2", ".jpc", ".jpe", ".jpeg"),
        *(".jpf", ".jpg", ".jpx", ".mpo", ".pbm", ".pcx", ".pgm", ".png", ".pnm", ".ppm", ".sgi", ".tga", ".tif"),
        *(".tiff", ".webp"),
    }
)
"""Of the files that are taken from a folder. A file that is named directly may have any suffix."""

CONVERT_IMAGE = "convert it to PNG or JPEG first"
RENDER_PAGE = "render it as PNG first, for example with pdftoppm -png"
RENDER_DRAWING = "render it as PNG first, for example with rsvg-convert or Inkscape"

FOREIGN_SUFFIXES = {
    **dict.fromkeys((".heic", ".heif", ".hif"), "HEIC"),
    **dict.fromkeys((".svg", ".svgz"), "SVG"),
    **dict.fromkeys((".arw", ".cr2", ".cr3", ".dng", ".nef", ".orf", ".raf", ".rw2"), "camera raw"),
    **dict.fromkeys((".eps", ".ps"), "PostScript"),
    ".pdf": "PDF",
    ".djvu": "DjVu",
    ".jxl": "JPEG XL",
    ".psd": "Photoshop",
}
"""Suffixes of images that cannot be opened here, and what their formats are called."""

WHAT_TO_DO = {
    "PDF": RENDER_PAGE,
    "DjVu": RENDER_PAGE,
    "PostScript": RENDER_PAGE,
    "SVG": RENDER_DRAWING,
    "HTML": "a web page was saved in the file's place, so download it again",
    "AVIF": "update Pillow to 11.3 or later, or convert it to PNG or JPEG first",
}

_BEGINNINGS = re.compile(
    rb"\x89PNG\r\n\x1a\n"
    rb"|\xff\xd8\xff"  # JPEG
    rb"|GIF8[79]a"
    rb"|BM.{4}\0{4}"  # BMP
    rb"|II[*+]\0|MM\0[*+]"  # TIFF
    rb"|RIFF.{4}WEBP"
    rb"|P[1-7]\s+(?:#|\d|WIDTH)"  # PNM
    rb"|.{4}ftyp(?:avif|avis|mif1)"
    rb"|\0\0\0\x0cjP  |\xff\x4f\xff\x51",  # JPEG 2000
    re.DOTALL,
)

_FOREIGN_BEGINNINGS = {
    "HEIC": rb".{4}ftyp(?:hei[cfmsx]|hev[cmx]|mif1|msf1)",
    "PDF": rb"\s*%PDF-",
    "PostScript": rb"%!PS|\xc5\xd0\xd3\xc6",
    "SVG": rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml.*?\?>\s*)?(?:<!--.*?-->\s*|<!DOCTYPE svg.*?>\s*)*<svg[\s/>]",
    "HTML": rb"(?i:(?:\xef\xbb\xbf)?\s*(?:<!--.*?-->\s*)*<(?:!doctype html|html|head|body)[\s>])",
    "DjVu": rb"AT&TFORM",
    "JPEG XL": rb"\xff\x0a|\0\0\0\x0cJXL ",
    "Photoshop": rb"8BPS",
    "AVIF": rb".{4}ftypavi[fs]",
}
_FOREIGN = {name: re.compile(pattern, re.DOTALL) for name, pattern in _FOREIGN_BEGINNINGS.items()}

BEGINNING = 1024
"""Bytes that suffice to tell a format."""


def is_image(content: bytes) -> bool:
    """Whether bytes begin as the contents of an image file do."""
    return _BEGINNINGS.match(content) is not None


def has_image_suffix(path: PurePath) -> bool:
    """Whether a file's name is that of an image that can be opened here."""
    return path.suffix.lower() in SUFFIXES


def foreign_format(name: str, content: bytes) -> str | None:
    """What a file is that could not be opened as an image, with what to do; ``None`` where it is unknown.

    Args:
        name: of the file; its suffix counts where the content says nothing.
        content: its first bytes, :data:`BEGINNING` of them at most.
    """
    start = content[:BEGINNING]
    for kind, pattern in _FOREIGN.items():
        if pattern.match(start):
            return explain_foreign(kind)
    # A text called word.heic is no HEIC, and damaged bytes may be: their suffix is the best guess.
    kind = FOREIGN_SUFFIXES.get(PurePath(name).suffix.lower(), "")
    return explain_foreign(kind) if kind and b"\0" in start else None


_EXPORT, _UNPACK = "export it as CSV first", "unpack it first"
_HOLDERS = {
    **dict.fromkeys((".xlsx", ".xls", ".xlsm", ".ods", ".numbers"), ("a spreadsheet", _EXPORT)),
    **dict.fromkeys((".parquet", ".feather", ".arrow"), ("a binary table", _EXPORT)),
    **dict.fromkeys((".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".rar", ".7z"), ("a packed file", _UNPACK)),
}


def explain_holder(name: str) -> tuple[str, str] | None:
    """What a file is, and what to do with it, whose name says that its tables or images must be taken out first."""
    return _HOLDERS.get(PurePath(name).suffix.lower())


def explain_foreign(kind: str) -> str:
    """Why a file of a format that cannot be opened here is left out, and what to do."""
    if kind == "HTML":
        return f"an HTML page: {WHAT_TO_DO[kind]}"
    return f"{kind} format, which cannot be opened here: {WHAT_TO_DO.get(kind, CONVERT_IMAGE)}"
