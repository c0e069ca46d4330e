from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib import colormaps
from PIL import Image

from dlhw.cnn.contact_sheet import heated, shortened
from dlhw.cnn.data import Landscapes
from dlhw.cnn.evaluation import Evaluation, evaluate
from dlhw.cnn.explanation import Shown, examples_of_each_class, explain, feature_maps, first_filters
from dlhw.cnn.figures_confusion import draw_confusion
from dlhw.cnn.figures_explain import (
    draw_class_evidence,
    draw_evidence,
    draw_feature_maps,
    draw_filters,
    draw_mistakes,
)
from tests.cnn.networks import classifier, random_network

TITLE = "$a_b$ of [bold]" + "nowhere/" * 30


def colours(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """The pixels of an image, (N, 3)."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB")).reshape(-1, 3)


def test_the_matrix_is_blue_where_it_is_right_and_red_where_not(tmp_path: Path) -> None:
    probabilities = np.array([[0.9, 0.1]] * 3 + [[0.2, 0.8]])
    labels = np.array([0, 0, 0, 0])
    made = Evaluation(class_names=("$a$", "b_c"), labels=labels, log_probabilities=np.log(probabilities))
    path = draw_confusion(made, tmp_path / "a.png", title=TITLE)
    red, green, blue = colours(path).astype(int).T
    assert ((blue - red > 100) & (blue - green > 20)).mean() > 0.05, "three quarters are right"
    assert ((red - blue > 80) & (red - green > 40)).mean() > 0.05, "a quarter is wrong"


def test_every_sheet_shows_its_images(tmp_path: Path, tiny: Landscapes) -> None:
    network = classifier()
    shown = examples_of_each_class(tiny.test, tiny.class_names, each=2)
    explained = explain(network, shown)
    result = evaluate(network, tiny.test)
    paths = [
        draw_class_evidence(explained, tmp_path / "classes.png", title=TITLE),
        draw_evidence(explained[:4], tmp_path / "own.png", title=TITLE),
        draw_evidence(explained[:1], tmp_path / "one.png", title=TITLE),
        draw_filters(first_filters(random_network()), tmp_path / "filters.png", title=TITLE),
        draw_feature_maps(feature_maps(network, shown[0]), tmp_path / "maps.png", title=TITLE),
        draw_mistakes(result, tiny.test, tmp_path / "mistakes.png", title=TITLE),
    ]
    for path in paths:
        pixels = colours(path)
        share = (pixels == 255).all(1).mean()
        assert 0.1 < share < 0.9, f"{path.name} has images on white"


def test_a_network_without_mistakes_has_an_empty_sheet(tmp_path: Path, tiny: Landscapes) -> None:
    result = evaluate(classifier(), tiny.test)
    right = Evaluation(
        class_names=result.class_names, labels=result.predicted, log_probabilities=result.log_probabilities
    )
    draw_mistakes(right, tiny.test, tmp_path / "none.png", title="nothing")
    assert (colours(tmp_path / "none.png") == 255).all(1).mean() > 0.9


def test_an_image_of_which_nothing_speaks_for_its_class_is_drawn(tmp_path: Path) -> None:
    network = random_network("flatten")
    network.classifier.weight.data.zero_()
    explained = explain(classifier(network), [Shown(name="a", image=np.zeros((48, 48, 3), dtype=np.uint8))])
    assert not explained[0].evidence[0].heat.any()
    draw_evidence(explained, tmp_path / "a.png", title="nothing")


def test_heat_is_laid_over_grey() -> None:
    image = np.full((2, 1, 3), (200, 30, 30), dtype=np.uint8)
    cold, hot = heated(image, np.array([[0.0], [1.0]]), colormaps["inferno"])[:, 0]
    assert cold[0] == cold[1] == cold[2], "grey where there is no heat"
    assert hot[0] > hot[2] + 0.2, "yellow where it is hottest"


@pytest.mark.parametrize(("text", "short"), [("abc", "abc"), ("abcde", "abcde"), ("abcdef", "…cdef")])
def test_the_end_of_a_long_text_is_kept(text: str, short: str) -> None:
    assert shortened(text, 5) == short
