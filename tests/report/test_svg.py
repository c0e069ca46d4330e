from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
from matplotlib.figure import Figure

from dlhw.learning.curves import INK, plot_curves
from dlhw.report.svg import as_svg, drawn_svg, image_element, needed_names, text_element

ROWS = [{"epoch": epoch, "train_loss": 1 / epoch} for epoch in (1, 2, 3)]


def test_a_figure_is_an_element_in_the_pages_colours() -> None:
    svg = as_svg(plot_curves({"": ROWS}, "train_loss"), name="loss", alternative='what it "shows"')
    root = ElementTree.fromstring(svg)
    assert root.get("aria-label") == 'what it "shows"'
    assert root.get("width") is None, "the page says how wide it is"
    assert "var(--ink)" in svg
    assert "var(--blue)" in svg
    assert INK not in svg
    assert "font-family" not in svg, "the page's typeface"
    texts = root.iter("{http://www.w3.org/2000/svg}text")
    assert all("fill" in text.get("style", "") for text in texts), "black text vanishes in the dark"


def test_two_figures_of_a_page_share_no_name() -> None:
    names = []
    for name in ("one", "other"):
        svg = as_svg(plot_curves({"": ROWS}, "train_loss"), name=name, alternative="")
        found = set(re.findall(r'\bid="([^"]+)"', svg))
        used = set(re.findall(r'href="#([^"]+)"', svg)) | set(re.findall(r"url\(#([^)]+)\)", svg))
        assert used <= found
        assert used
        names.append(found)
    assert not names[0] & names[1]


def test_names_are_there_once_where_something_refers_to_them() -> None:
    content = (
        '<g id="a"/><path id="m"/><path id="m"/><use href="#m"/><use href="#m"/><g clip-path="url(#c)"/><g id="c"/>'
    )
    expected = '<g/><path id="m"/><path/><use href="#m"/><use href="#m"/><g clip-path="url(#c)"/><g id="c"/>'
    assert needed_names(content) == expected


def test_a_figures_text_is_escaped() -> None:
    figure = Figure()
    figure.text(0.5, 0.5, "<b>&")
    root = ElementTree.fromstring(as_svg(figure, name="x", alternative="<>"))
    assert "<b>&" in "".join(root.itertext())
    element = text_element("<b>&", 1, 2, {"class": '"'})
    drawn = ElementTree.fromstring(drawn_svg(10, 20, element, alternative="<"))
    assert "".join(drawn.itertext()) == "<b>&"
    assert drawn.get("viewBox") == "0 0 10 20"


def test_pixels_are_embedded() -> None:
    image = image_element(np.zeros((2, 3, 4), dtype=np.uint8), 1, 2, 30, 20)
    assert 'href="data:image/png;base64,' in image
    assert 'width="30"' in image


def test_numbers_that_are_read_keep_their_digits() -> None:
    figure = Figure()
    axes = figure.subplots()
    axes.plot([1, 2], [0.16153, 0.16159])
    axes.set_yticks([0.16153, 0.16159])
    axes.ticklabel_format(useOffset=False)
    assert {"0.16153", "0.16159"} <= set(re.findall(r">([\d.]+)<", as_svg(figure, name="x", alternative="a line")))
