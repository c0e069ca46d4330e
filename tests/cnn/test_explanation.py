from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from dlhw.cnn.data import Landscapes, Split
from dlhw.cnn.evaluation import evaluate
from dlhw.cnn.explanation import (
    ClassEvidence,
    Shown,
    describe_mistakes,
    examples_of_each_class,
    explain,
    feature_maps,
    first_filters,
)
from dlhw.cnn.grad_cam import grad_cam
from tests.cnn.networks import brightness_network, classifier, random_network


def test_examples_come_class_by_class() -> None:
    split = Split(images=torch.zeros(6, 48, 48, 3, dtype=torch.uint8), labels=torch.tensor([1, 0, 1, 1, 0, 1]))
    chosen = examples_of_each_class(split, ("a", "b", "c"), each=3)
    assert [(one.name, one.label) for one in chosen] == [
        ("image 1", "a"),
        ("image 4", "a"),
        ("image 0", "b"),
        ("image 2", "b"),
        ("image 3", "b"),
    ]


def test_each_image_is_explained_for_its_two_likeliest_classes(tiny: Landscapes) -> None:
    network = classifier()
    images = [Shown(name=str(place), image=tiny.test.images[place].numpy(), label="sea") for place in range(5)]
    found = explain(network, images)
    probabilities = network.log_probabilities(tiny.test.images[:5]).exp()
    for place, one in enumerate(found):
        values, classes = probabilities[place].sort(descending=True)
        assert [evidence.label for evidence in one.evidence] == [network.class_names[label] for label in classes[:2]]
        assert [evidence.probability for evidence in one.evidence] == pytest.approx(values[:2].tolist(), abs=1e-6)
        for rank in range(2):
            alone = grad_cam(network.landscape_network, tiny.test.images[place : place + 1], classes[rank : rank + 1])
            assert np.allclose(one.evidence[rank].heat, alone.enlarged()[0], atol=1e-4)
        document = one.as_document()
        assert document.keys() == {"image", "shows", "label", "confidence", "evidence"}
        assert (document["image"], document["shows"], document["label"]) == (str(place), "sea", one.label)
        json.dumps(document, allow_nan=False)
    assert explain(network, []) == []


def test_where_the_heat_lies() -> None:
    heat = np.zeros((48, 48), dtype=np.float32)
    heat[10:14, 30:42] = 0.5
    heat[12, 33] = 1
    document = ClassEvidence(label="sea", probability=0.5, heat=heat).as_document()
    assert document["peak"] == {"x": 33, "y": 12}
    assert document["area"] == pytest.approx(48 / 48**2, abs=1e-4)
    nothing = ClassEvidence(label="sea", probability=0.5, heat=np.zeros_like(heat)).as_document()
    assert (nothing["peak"], nothing["area"]) == (None, 0.0)


def test_filters_are_those_of_the_first_convolution() -> None:
    network = random_network()
    filters = first_filters(network)
    assert filters.shape == (32, 3, 3, 3)
    weight = network.state_dict()["blocks.0.convolution.weight"]
    assert filters[5, 0, 2, 1] == weight[5, 1, 0, 2], "filter, height, width, colour"


def test_feature_maps_are_those_of_the_blocks() -> None:
    image = np.zeros((48, 48, 3), dtype=np.uint8)
    image[16:24, 8:24, 0] = 255
    image.flags.writeable = False  # as Pillow gives them
    found = feature_maps(classifier(brightness_network()), Shown(name="red", image=image))
    assert (found.first.shape, found.last.shape) == ((32, 24, 24), (128, 6, 6))
    expected = np.zeros((6, 6))
    expected[2, 1:3] = 1
    assert np.allclose(found.last[0], expected)
    assert found.as_document() == {
        "image": "red",
        "first": {"shape": [32, 24, 24], "silent": 31},
        "last": {"shape": [128, 6, 6], "silent": 127},
    }


def test_mistakes_are_counted_and_the_surest_named(tiny: Landscapes) -> None:
    result = evaluate(classifier(), tiny.test)
    document = describe_mistakes(result, at_most=3)
    assert document["count"] == (result.predicted != result.labels).sum() > 3
    assert document["images"] == 12
    confidences = [one["confidence"] for one in document["worst"]]
    assert confidences == sorted(confidences, reverse=True)
    assert len(confidences) == 3
    for one in document["worst"]:
        place = int(one["image"].removeprefix("image "))
        assert one["shows"] == tiny.class_names[tiny.test.labels[place]] != one["label"]
