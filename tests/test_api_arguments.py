"""Whatever is given to the public functions: they work, or say in a sentence why they do not."""

from __future__ import annotations

import contextlib
import inspect
import shutil
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import dlhw
from dlhw.api.arguments import SETTINGS
from dlhw.cnn.scoring import score_labels
from dlhw.cnn.sweep import Sweep
from dlhw.ocr.scoring.systems import score_words
from tests.documents import ROOT

Calls = Mapping[str, tuple[Callable[..., Any], dict[str, Any]]]

GIVEN: dict[str, Callable[[], Any]] = {
    "None": lambda: None,
    "7": lambda: 7,
    "-1": lambda: -1,
    "1.5": lambda: 1.5,
    "NaN": lambda: float("nan"),
    "True": lambda: True,
    "10 to the 400": lambda: 10**400,
    "complex": lambda: 1j,
    "NumPy's int": lambda: np.int64(2),
    "NumPy's float": lambda: np.float32(0.5),
    "NumPy's bool": lambda: np.True_,
    "text": lambda: "nowhere",
    "empty text": lambda: "",
    "bytes": lambda: b"nowhere",
    "a NUL": lambda: "a\0b",
    "half a surrogate": lambda: "\udcff",
    "5000 letters": lambda: "x" * 5000,
    "a path": lambda: Path("nowhere"),
    "a folder": lambda: "empty",
    "a file": lambda: Path("junk"),
    "empty list": list,
    "numbers": lambda: (1, 2),
    "texts": lambda: ["a", "b"],
    "dict": dict,
    "set": lambda: {1},
    "generator": lambda: (one for one in ("a", "b")),
    "object": object,
    "array": lambda: np.zeros(3),
    "array of one": lambda: np.zeros(()),
    "empty array": lambda: np.zeros((0, 2)),
    "array of texts": lambda: np.array(["a", "b"]),
    "tensor": lambda: torch.ones(2),
    "tensor of int": lambda: torch.ones(2, dtype=torch.int64),
    "tensor of half": lambda: torch.ones(2, dtype=torch.float16),
    "tensor of complex": lambda: torch.ones(2, dtype=torch.complex64),
    "tensor with NaN": lambda: torch.tensor([torch.nan, 1]),
    "tensor of three axes": lambda: torch.ones(2, 2, 2),
    "empty tensor": lambda: torch.ones(0, 2),
    "sparse tensor": lambda: torch.eye(2).to_sparse(),
    "tensor without numbers": lambda: torch.ones(2, device="meta"),
    "image": lambda: Image.new("RGB", (24, 24)),
}


@pytest.fixture(scope="module")
def calls(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Calls]:
    """Each public function by its name, with arguments that it takes."""
    folder = tmp_path_factory.mktemp("arguments")
    for label in ("forest", "sea"):
        (folder / "photos" / label).mkdir(parents=True)
        for index in range(6):
            shade = np.full((48, 48, 3), 19 * index + 100 * (label == "sea"), np.uint8)
            Image.fromarray(shade).save(folder / "photos" / label / f"{index}.png")
    (folder / "words").mkdir()
    shutil.copy(ROOT / "examples/words/images/000001.png", folder / "words" / "one.png")
    (folder / "words" / "labels.tsv").write_text("one.png\tone\n")
    (folder / "empty").mkdir()
    (folder / "junk").write_bytes(b"junk")
    energy, state = dlhw.Energy(torch.eye(2)), torch.ones(2)
    classifier = dlhw.load_classifier("landscapes", device="cpu")
    recognizer = dlhw.load_recognizer("attention", device="cpu")
    of_words = {"beam": 1, "data": "words"}
    training = {"data": "photos", "epochs": 1, "threads": 1, "device": "cpu", "out": "run"}
    scored = {"predictions": {"a": ["x", "y"]}, "resamples": 100}
    known: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
        "Energy": (dlhw.Energy, {"patterns": torch.eye(2)}),
        "retrieve": (dlhw.retrieve, {"energy": energy, "queries": state}),
        "certify": (dlhw.certify, {"energy": energy, "q": state}),
        "load_classifier": (dlhw.load_classifier, {"path": "landscapes", "device": "cpu"}),
        "load_recognizer": (dlhw.load_recognizer, {"name_or_path": "attention", "device": "cpu"}),
        "predict": (classifier.predict, {"images": []}),
        "read": (recognizer.read, {"images": Image.new("RGB", (24, 24))}),
        "evaluate a recogniser": (dlhw.evaluate, {"model": recognizer, **of_words}),
        "evaluate a classifier": (dlhw.evaluate, {"model": classifier, "data": "photos"}),
        "compare": (dlhw.compare, {"a": recognizer, "b": recognizer, **of_words}),
        "train": (dlhw.train, training),
        "score_words": (score_words, {"references": ["x", "y"], **scored}),
        "score_labels": (score_labels, {"labels": ["x", "y"], **scored}),
    }
    for name, member in inspect.getmembers(energy, inspect.ismethod):
        if not name.startswith("_"):
            first, *others = inspect.signature(member).parameters
            start = torch.tensor([0]) if first == "indices" else state
            known[f"Energy.{name}"] = (member, {first: start, **dict.fromkeys(others, state)})
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(Sweep, "train", _no_training)
        yield known


def _no_training(*_: object) -> None:
    raise dlhw.DlhwError("a training would begin here")


FUNCTIONS = (
    *("Energy", "retrieve", "certify", "load_classifier", "load_recognizer", "predict", "read"),
    *("evaluate a recogniser", "evaluate a classifier", "compare", "train", "score_words", "score_labels"),
    *(f"Energy.{name}" for name, _ in inspect.getmembers(dlhw.Energy, inspect.isfunction) if not name.startswith("_")),
)
UNTOUCHED = {("Energy", "share"), ("evaluate a recogniser", "model"), ("evaluate a classifier", "model")}
"""What only other ranks give; and what has a test of its own below."""


def test_every_public_name_is_tried() -> None:
    tried = {name.split()[0] for name in FUNCTIONS} | {"Classifier", "Recognizer", "DlhwError", "__version__"}
    assert set(dlhw.__all__) <= tried


@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_argument_is_taken_or_refused_in_a_sentence(name: str, calls: Calls) -> None:
    function, arguments = calls[name]
    with contextlib.nullcontext() if name != "train" else pytest.raises(dlhw.DlhwError, match="would begin here"):
        function(**arguments)
    parameters = [one.name for one in inspect.signature(function).parameters.values() if one.kind != one.VAR_KEYWORD]
    for parameter in [*parameters, *(SETTINGS if name == "train" else ())]:
        if (name, parameter) in UNTOUCHED:
            continue
        for what, make in GIVEN.items():
            if what == "None" and parameter == "data":  # thousands of images of the package's
                continue
            try:
                function(**arguments | {parameter: make()})
            except (dlhw.DlhwError, UserWarning):  # a warning is a sentence, too
                pass
            except Exception as error:
                pytest.fail(f"{parameter}: {what}: {type(error).__name__}: {error}")


@pytest.mark.parametrize("given", ["photos", None, b"photos", Path("photos"), 7, dlhw.Recognizer, torch.ones(2)])
def test_what_is_no_network_is_not_measured(given: Any) -> None:
    with pytest.raises(dlhw.DlhwError, match="`model` must be a network") as caught:
        dlhw.evaluate(given)
    assert caught.value.hint == "load it with load_classifier or load_recognizer"


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("protocol", "exact"),
        ("beam", 3),
        ("second_look", False),
        ("prior", "none"),
        ("lexicon", "words.txt"),
        ("allow", "ab"),
    ],
)
def test_a_classifier_is_not_measured_with_arguments_of_recognisers(argument: str, value: object) -> None:
    classifier = dlhw.load_classifier("landscapes", device="cpu")
    with pytest.raises(dlhw.DlhwError, match=rf"`{argument}` says how words are .* Classifier\('landscapes'") as caught:
        dlhw.evaluate(classifier, "photos", **{argument: value})
    assert caught.value.hint == "leave it out"


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_patterns_of_half_precision_have_energies_and_are_not_retrieved(dtype: torch.dtype) -> None:
    energy = dlhw.Energy(torch.eye(2, dtype=dtype))
    assert energy.value(torch.ones(2, dtype=dtype)).dtype == dtype
    with pytest.raises(dlhw.DlhwError, match=f"must be float32 or float64 to retrieve, got {dtype}"):
        dlhw.retrieve(energy, torch.ones(2, dtype=dtype))


@pytest.mark.parametrize("given", ["", "-"])
def test_what_only_a_command_line_takes_for_images(given: str) -> None:
    with pytest.raises(dlhw.DlhwError, match=f"an image is expected, got {given!r}"):
        dlhw.load_classifier("landscapes", device="cpu").predict(given)


def test_an_image_without_pixels_is_an_error_in_its_row() -> None:
    empty, dark = Image.new("RGB", (0, 20)), Image.new("RGB", (20, 20))
    row, other = dlhw.load_classifier("landscapes", device="cpu").predict([empty, dark])
    assert row == {"image": "image 0", "error": "it has no pixels"}
    assert "label" in other


def test_a_classifier_is_not_compared() -> None:
    classifier = dlhw.load_classifier("landscapes", device="cpu")
    with pytest.raises(dlhw.DlhwError, match="`b` is a recogniser or its name, got Classifier"):
        dlhw.compare("attention", classifier)  # type: ignore[arg-type]


def test_a_network_is_named_once() -> None:
    with pytest.raises(dlhw.DlhwError, match="`network` is one of the homework's, and `module` one of your own"):
        dlhw.train("gap", module=f"{__file__}:Network")


def test_learning_rates_may_be_an_array(calls: Calls, tmp_path: Path) -> None:
    function, arguments = calls["train"]
    for rates in (np.array([0.1, 0.01]), torch.tensor([0.5, 0.25]), np.float32(0.5), [np.float64(0.1)]):
        with pytest.raises(dlhw.DlhwError, match="a training would begin here"):
            function(**arguments | {"learning_rates": rates, "out": tmp_path / "run", "force": True})


@pytest.mark.parametrize(
    ("references", "predictions", "message", "hint"),
    [
        ([], {"a": []}, "there are no references", "at least one row is needed"),
        ("xy", {"a": ["x", "y"]}, "`references` must be a list, got 'xy'", "list()"),
        (["x", None], {"a": ["x", "y"]}, "`references` has None at place 1, which is no text", "str()"),
        (["x"], {}, "`predictions` names no system", "give one or more"),
        (["x"], ["x"], "`predictions` is a dict of what each system read, got ['x']", "as in"),
        (["x"], {"a": "x"}, "`predictions` of a must be a list, got 'x'", "list()"),
        (["x"], {"a": ["x"], "b": ["x", "y"]}, "`predictions` of b has 2 rows, and there are 1 references", "one each"),
        (["x"], {"a": [3]}, "row 0 of a is 3, which is no text", 'give "" where nothing was predicted'),
        (["x"], {"a": [None]}, "row 0 of a is None, which is no text", 'give "" where nothing was predicted'),
        (["x"], {"a": [{"text": "x"}]}, "row 0 of a is a dict, where a text was expected", "give what was read"),
        (["x"], {"a": [["x", 3]]}, "row 0 of a has 3 at place 1, which is no text", "str()"),
        (["x"], {"a": (one for one in "x")}, "`predictions` of a must be a list, got generator", "list()"),
    ],
)
def test_rows_that_cannot_be_scored(references: Any, predictions: Any, message: str, hint: str) -> None:
    with pytest.raises(dlhw.DlhwError) as caught:
        score_words(references, predictions)
    assert caught.value.message.startswith(message)
    assert caught.value.hint.startswith(hint)


def test_columns_of_tables_are_scored() -> None:
    truth: Any = np.array(["cat", "dog"])
    read: Any = np.array(["cat", "dot"], dtype=object)
    groups: Any = np.array(["1", "2"])
    assert score_words(truth, {"a": read}, groups=groups) == score_words(
        ["cat", "dog"], {"a": ("cat", "dot")}, groups=("1", "2")
    )


def test_methods_are_switched_off_from_python(calls: Calls) -> None:
    del calls  # the folder with its words
    reader = dlhw.load_recognizer("reader", device="cpu")
    plain = dlhw.compare(reader, "attention", "words", second_look=False, prior="none")
    assert [(one["second_look"], one["prior"]) for one in (plain["a"], plain["b"])] == [(False, None)] * 2
    as_it_says = dlhw.compare(reader, "attention", "words")
    assert [(one["second_look"], one["prior"]) for one in (as_it_says["a"], as_it_says["b"])] == [
        (True, "en"),
        (False, None),
    ]
    Path("texts.txt").write_text("boats\nPOSTS\n")
    (found, *_), *_ = dlhw.evaluate(reader, "words", lexicon="texts.txt").readings
    assert found.text == "POSTS"
    (row, *_) = reader.read("words", allow="POST")
    assert set(row["text"]) <= set("POST")
    with pytest.raises(dlhw.DlhwError, match="`allow` says which characters"):
        reader.read("words", allow="\N{SNOWMAN}", lexicon="texts.txt")
    for measure in (reader.read, partial(dlhw.evaluate, reader)):
        with pytest.warns(UserWarning, match="has not learnt \N{SNOWMAN}, which `allow` names"):
            measure("words", allow="POST\N{SNOWMAN}")
    with pytest.raises(dlhw.DlhwError, match="`prior` has no words of xx"):
        dlhw.evaluate(reader, "words", prior="xx")
