"""Figures as markup within a page: in its typeface, in its colours, and with names of their own.

Matplotlib writes colours as numbers; here dlhw's own become CSS variables, so that a figure follows the page from
light to dark. An image of pixels is embedded as a PNG.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Mapping
from io import BytesIO, StringIO
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

VARIABLES = {
    "#333333": "var(--ink)",
    "#777777": "var(--pale)",
    "#dddddd": "var(--rule)",
    "#ffffff": "var(--paper)",
    "#0072b2": "var(--blue)",
    "#d55e00": "var(--vermilion)",
    "#009e73": "var(--green)",
    "#cc79a7": "var(--purple)",
    "#e69f00": "var(--orange)",
    "#56b4e9": "var(--sky)",
    "#f0e442": "var(--yellow)",
    "#999999": "var(--grey)",
}
"""Ink colours of the figures, and Okabe and Ito's colours."""

SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "dlhw",
    "svg.image_inline": True,
    "path.simplify_threshold": 0.5,
}


def as_svg(figure: Figure, *, name: str, alternative: str) -> str:
    """A figure as an ``<svg>`` element, as wide as the page lets it be.

    Args:
        figure: of matplotlib.
        name: unique in the page; all names within the figure begin with it.
        alternative: what it shows, for those who do not see it.
    """
    written = StringIO()
    with matplotlib.rc_context(SETTINGS):
        figure.savefig(written, format="svg", transparent=True, metadata={"Date": None})
    content = written.getvalue()
    content = content[content.index("<svg") :]
    content = re.sub(r"<metadata>.*?</metadata>", "", content, flags=re.S)
    content = re.sub(r"<!--.*?-->", "", content, flags=re.S)
    content = re.sub(r"#[0-9a-f]{6}\b", lambda colour: VARIABLES.get(colour[0], colour[0]), content)
    # A font is the page's; DejaVu's letters are wider than most, so that nothing outgrows its place.
    content = re.sub(r"font: ([\d.]+px) [^;\"]*", r"font-size: \1", content)
    content = re.sub(r"font-family: [^;\"]*;? ?", "", content)
    content = re.sub(r' transform="rotate\(-?0 [^)]*\)"', "", content)
    # Text without a colour is black in SVG, and would vanish in the dark.
    content = re.sub(r'(<text style=")(?![^"]*fill:)', r"\1fill: var(--ink); ", content)
    content = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', content)
    content = re.sub(r'href="#([^"]+)"', rf'href="#{name}-\1"', content)
    content = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", content)
    content = needed_names(content)
    # A hundredth of a point is finer than any screen. What stands between the tags are words and numbers to be read.
    content = re.sub(r"<[^>]*>", lambda tag: re.sub(r"(\d+\.\d\d)\d+", r"\1", tag[0]), content)
    content = re.sub(r"\s*\n\s*", " ", content)
    view = re.search(r'viewBox="([^"]+)"', content)
    assert view is not None
    return _element(view[1], content[content.index(">") + 1 :], alternative)


def needed_names(content: str) -> str:
    """Markup without the names that nothing refers to, and each of the others once.

    Matplotlib names every line and text, and some releases write a clip path or a marker that two axes share twice, by
    one name and with the same content.
    """
    wanted = {first or second for first, second in re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', content)}

    def keep(found: re.Match[str]) -> str:
        if found[1] not in wanted:
            return ""
        wanted.remove(found[1])
        return found[0]

    return re.sub(r' id="([^"]+)"', keep, content)


def drawn_svg(width: float, height: float, content: str, *, alternative: str) -> str:
    """An ``<svg>`` element around markup that was drawn by hand."""
    return _element(f"0 0 {width:g} {height:g}", f"{content}</svg>", alternative)


def png_uri(pixels: NDArray[np.uint8]) -> str:
    """Pixels, (H, W), (H, W, 3) or (H, W, 4), as a ``data:`` address."""
    written = BytesIO()
    Image.fromarray(pixels).save(written, format="png", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(written.getvalue()).decode()}"


def image_element(pixels: NDArray[np.uint8], x: float, y: float, width: float, height: float) -> str:
    """Pixels as an ``<image>`` within an SVG, stretched to a rectangle."""
    place = f'x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"'
    return f'<image {place} preserveAspectRatio="none" href="{png_uri(pixels)}"/>'


def text_element(text: str, x: float, y: float, attributes: Mapping[str, str]) -> str:
    """A text within an SVG, escaped."""
    more = "".join(f' {name}="{html.escape(value)}"' for name, value in attributes.items())
    return f'<text x="{x:g}" y="{y:g}"{more}>{html.escape(text)}</text>'


def _element(view: str, rest: str, alternative: str) -> str:
    label = html.escape(alternative)
    namespaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f'<svg {namespaces} viewBox="{view}" role="img" aria-label="{label}">{rest.strip()}'
