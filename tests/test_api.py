"""The public names of ``import dlhw``: complete, documented, lazy, and at work."""

from __future__ import annotations

import inspect
import json
import shutil
import subprocess
import sys
import warnings
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import dlhw
from dlhw.api.arguments import SETTINGS
from dlhw.cnn import pretrained as classifiers
from dlhw.cnn.settings import Settings
from dlhw.ocr import pretrained as recognizers
from tests.conftest import Invoke
from tests.documents import ROOT

WORD = ROOT / "examples/words/images/000001.png"


def test_importing_dlhw_imports_no_torch() -> None:
    code = "import sys, dlhw; assert dlhw.__all__ and dir(dlhw); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("name", [name for name in dlhw.__all__ if name != "__version__"])
def test_every_name_is_there_and_documented(name: str) -> None:
    value = getattr(dlhw, name)
    assert inspect.getdoc(value)
    if inspect.isclass(value):
        for member, function in inspect.getmembers(value, inspect.isfunction):
            assert member.startswith("_") or inspect.getdoc(function), f"{name}.{member}"


def test_names_that_are_not_there() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        dlhw.nothing  # noqa: B018


def test_names_that_are_listed_are_the_ones_for_type_checkers() -> None:
    source = Path(dlhw.__file__).read_text().split("if TYPE_CHECKING:")[1]
    assert all(name in source for name in dlhw.__all__ if name != "__version__")


def test_a_recogniser_reads_paths(tmp_path: Path) -> None:
    Image.fromarray(np.full((32, 64), 255, np.uint8)).save(tmp_path / "a<b>.png")
    (tmp_path / "broken.png").write_text("no image")
    recognizer = dlhw.load_recognizer("attention", device="cpu")
    good, bad = recognizer.read([tmp_path / "a<b>.png", tmp_path / "broken.png"], beam=1)
    assert {"image", "text", "confidence", "candidates"} <= good.keys()
    assert bad.keys() == {"image", "error"}
    assert "H" in recognizer.characters


def test_rows_are_a_table_in_a_notebook(tmp_path: Path) -> None:
    Image.fromarray(np.full((32, 64), 255, np.uint8)).save(tmp_path / "a&b.png")
    table = dlhw.load_recognizer("attention", device="cpu").read(str(tmp_path), beam=1)._repr_html_()
    assert table.startswith("<table><thead><tr><th>image</th><th>text</th>")
    assert "a&amp;b.png" in table


def test_errors_name_arguments() -> None:
    with pytest.raises(dlhw.DlhwError, match="`beam` must be 1 or more, got 0"):
        dlhw.load_recognizer("attention", device="cpu").read([], beam=0)
    with pytest.raises(dlhw.DlhwError, match="`beam` is a whole number, got '3'"):
        dlhw.load_recognizer("attention", device="cpu").read([], beam="3")  # type: ignore[arg-type]
    with pytest.raises(dlhw.DlhwError, match="`path` is a path, got int"):
        dlhw.load_classifier(7)  # type: ignore[arg-type]
    with pytest.raises(dlhw.DlhwError, match="no checkpoint nowhere"):
        dlhw.load_recognizer("nowhere")
    with pytest.raises(dlhw.DlhwError, match="no checkpoint readre") as caught:
        dlhw.load_recognizer("readre")
    assert caught.value.hint.startswith("did you mean reader?")
    with pytest.raises(dlhw.DlhwError, match="no checkpoint landscape") as caught:
        dlhw.load_classifier("landscape")
    assert caught.value.hint.startswith("did you mean landscapes?")
    with pytest.raises(dlhw.DlhwError, match="reader reads words") as caught:
        dlhw.load_classifier("reader")
    assert caught.value.hint == "use load_recognizer"
    with pytest.raises(dlhw.DlhwError, match="landscapes tells landscapes apart") as caught:
        dlhw.load_recognizer("landscapes")
    assert caught.value.hint == "use load_classifier"


def test_a_file_of_the_other_kind_says_which_function_loads_it(tmp_path: Path) -> None:
    words, landscapes = tmp_path / "words", tmp_path / "landscapes"
    shutil.copy(recognizers.pretrained(), words)
    shutil.copy(classifiers.pretrained(), landscapes)
    with pytest.raises(dlhw.DlhwError, match="reads words, and a network for landscapes") as caught:
        dlhw.load_classifier(words)
    assert caught.value.hint.startswith("load_recognizer loads it")
    for load in (dlhw.load_recognizer, lambda path: dlhw.compare("reader", path)):
        with pytest.raises(dlhw.DlhwError, match="tells landscapes apart, and a recogniser") as caught:
            load(landscapes)
        assert caught.value.hint.startswith("load_classifier loads it")


def test_what_is_no_tensor_of_floating_point_numbers_is_refused() -> None:
    with pytest.raises(dlhw.DlhwError, match="`patterns` must be a tensor of PyTorch, got list"):
        dlhw.Energy([[1, 2], [3, 4]])  # type: ignore[arg-type]
    with pytest.raises(dlhw.DlhwError, match=r"`patterns` must hold floating-point numbers, got torch.int64"):
        dlhw.Energy(torch.eye(2, dtype=torch.int64))
    energy = dlhw.Energy(torch.eye(2, requires_grad=True))
    with pytest.raises(dlhw.DlhwError, match=r"of `queries` are torch.float64 and those of the patterns torch.float32"):
        dlhw.retrieve(energy, torch.ones(2, dtype=torch.float64))
    assert dlhw.retrieve(energy, torch.tensor([0.9, 0.1], requires_grad=True)).statuses == ("converged",)


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (torch.ones(3), r"got shape \(3,\)"),
        (torch.ones(()), r"got shape \(\)"),
        (torch.ones(2, dtype=torch.float64), "of `q` are torch.float64 and those of the patterns torch.float32"),
        (torch.ones(2, dtype=torch.int64), "`q` must hold floating-point numbers"),
        ([0.5, 0.5], "`q` must be a tensor of PyTorch, got list"),
    ],
)
def test_states_that_do_not_fit_the_patterns_are_refused(state: Any, message: str) -> None:
    energy = dlhw.Energy(torch.eye(2))
    of_a_state = [name for name, member in inspect.getmembers(dlhw.Energy, inspect.isfunction) if takes_q(member)]
    assert {"value", "convex_part", "update", "hessian", "surrogate"} <= set(of_a_state)
    for name in of_a_state:
        with pytest.raises(dlhw.DlhwError, match=message):
            getattr(energy, name)(*[state] * (2 if name == "surrogate" else 1))
    assert energy.value(torch.ones(3, 5, 2)).shape == (3, 5)


def takes_q(function: Any) -> bool:
    return "q" in inspect.signature(function).parameters


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (torch.eye(2), r"one state of 2 numbers is expected, got shape \(2, 2\)"),
        (torch.ones(3), r"one state of 2 numbers is expected, got shape \(3,\)"),
        (torch.tensor([1.0, torch.nan]), "the state holds NaN or infinity"),
        ([0.5, 0.5], "`q` must be a tensor of PyTorch, got list"),
    ],
)
def test_what_is_no_single_state_is_not_certified(state: Any, message: str) -> None:
    with pytest.raises(dlhw.DlhwError, match=message):
        dlhw.certify(dlhw.Energy(torch.eye(2)), state)


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(dlhw.DlhwError, match="β must be a number, got '3'"):
        dlhw.Energy(torch.eye(2), beta="3")  # type: ignore[arg-type]
    with pytest.raises(dlhw.DlhwError, match="`tolerance` must be 0 or a number above, got '3'"):
        dlhw.retrieve(dlhw.Energy(torch.eye(2)), torch.eye(2), tolerance="3")  # type: ignore[arg-type]


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder ``data`` of two classes, dark and light, in the folder where the test is."""
    monkeypatch.chdir(tmp_path)
    generator = np.random.default_rng(0)
    for split in ("train", "test"):
        for label in ("dark", "light"):
            (tmp_path / "data" / split / label).mkdir(parents=True)
            for index in range(6):
                pixels = generator.integers(0, 100, (48, 48, 3)) + (100 if label == "light" else 0)
                Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / "data" / split / label / f"{index}.png")
    return tmp_path / "data"


@pytest.mark.usefixtures("photos")
def test_a_network_is_trained_measured_and_asked() -> None:
    trained = dlhw.train("gap", data="data", out="run", epochs=1, seed=1, threads=1, device="cpu")
    assert trained.result is not None
    assert trained.result["command"] == "cnn train"
    loaded = dlhw.load_classifier("run", device="cpu")
    assert loaded.class_names == ("dark", "light")
    assert len(dlhw.evaluate(loaded, "data").labels) == 12
    row, *others = loaded.predict("data/test/light")
    assert (row["label"], len(others)) == (trained.predict("data/test/light")[0]["label"], 5)


@pytest.mark.usefixtures("photos")
def test_a_run_is_refused_resumed_or_started_anew() -> None:
    settings: dict[str, Any] = {"data": "data", "out": "run", "threads": 1, "device": "cpu"}
    whole = dlhw.train("flatten", epochs=2, **settings | {"out": "whole"})
    dlhw.train("flatten", epochs=1, **settings)
    with pytest.raises(dlhw.DlhwError, match="run already holds a run") as caught:
        dlhw.train("flatten", epochs=1, **settings)
    assert "`resume` continues it, `force` starts it anew" in caught.value.hint
    with pytest.raises(dlhw.DlhwError, match="was started with network flatten; got gap"):
        dlhw.train("gap", resume=True, **settings)
    longer = dlhw.train(resume=True, out="run", epochs=2)  # with its network, its data and its device
    assert longer.result is not None
    assert longer.result["network"] == "flatten"
    assert [row["epochs"] for row in longer.result["results"]] == [2]
    for name, weights in longer.network.network.state_dict().items():
        assert torch.equal(weights, whole.network.network.state_dict()[name]), name
    anew = dlhw.train(force=True, epochs=1, learning_rates=0.001, **settings).result
    assert anew is not None
    assert (anew["network"], [row["learning_rate"] for row in anew["results"]]) == ("gap", [0.001])
    with pytest.raises(dlhw.DlhwError, match="`resume` continues a run and `force` starts it anew"):
        dlhw.train(resume=True, force=True, **settings)


def test_what_commands_warn_of_is_a_warning_of_python(photos: Path) -> None:
    (photos / "train" / "dark" / "broken.png").write_bytes(b"no image")
    with pytest.warns(UserWarning, match=r"broken\.png cannot be read"):
        classifier = dlhw.train(data="data", out="run", epochs=1, threads=1, device="cpu")
    (photos / "test" / "dark" / "broken.png").write_bytes(b"no image")
    with warnings.catch_warnings(record=True, action="always") as caught:
        dlhw.evaluate(classifier, "data")
    assert caught is not None
    assert "data/test/dark/broken.png cannot be read: not an image" in [str(one.message) for one in caught]
    (photos.parent / "labels.csv").write_text("data/test/dark/0.png,жук\ngone.png,two\n")
    with warnings.catch_warnings(record=True, action="always") as caught:
        dlhw.evaluate(dlhw.load_recognizer("attention", device="cpu"), "labels.csv", beam=1)
    assert caught is not None
    said = [str(one.message) for one in caught]
    assert any("1 image could not be read and counts as missed" in one for one in said)
    assert "these words have characters that the recogniser cannot write: ж у к" in said
    assert {one.filename for one in caught} == {__file__}, "it names who called"


@pytest.mark.usefixtures("photos")
def test_a_network_of_ones_own_is_trained_and_loaded_again() -> None:
    Path("mine.py").write_text(
        "from torch import nn\n\nclass Mine(nn.Sequential):\n    def __init__(self):\n"
        "        super().__init__(nn.Flatten(), nn.Linear(6912, 2))\n"
    )
    for wrong in ({"network": torch.nn.Flatten()}, {"module": torch.nn.Flatten}):
        with pytest.raises(dlhw.DlhwError) as caught:
            dlhw.train(**wrong)
        assert caught.value.hint == 'a network of your own is named by its file, as in module="mine.py:Network"'
    trained = dlhw.train(module="mine.py:Mine", data="data", out="own", epochs=1, threads=1, device="cpu")
    assert dlhw.evaluate(trained).accuracy.value is not None
    assert trained.result is not None
    assert trained.result["network"] == "mine.py:Mine"
    with pytest.raises(dlhw.DlhwError, match=r"holds the weights of mine\.py:Mine") as refused:
        dlhw.load_classifier("own", device="cpu")
    assert refused.value.hint == "name it with `module`, which is executed: own/network.py:Mine"
    again = dlhw.load_classifier("own", module="mine.py:Mine", device="cpu")
    assert again.class_names == trained.class_names
    for name, weights in again.network.network.state_dict().items():
        assert torch.equal(weights, trained.network.network.state_dict()[name]), name


def test_a_script_without_a_guard_trains_several_trials(photos: Path) -> None:
    (photos.parent / "script.py").write_text(
        "print('begins', flush=True)\nimport dlhw\n"
        "trained = dlhw.train(data='data', out='run', epochs=1, seeds=2, threads=2, device='cpu')\n"
        "print(len(trained.result['results']))\n"
    )
    done = subprocess.run([sys.executable, "script.py"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "begins\n2\n"), done.stderr


def test_a_traceback_ends_with_the_hint() -> None:
    script = "import dlhw; dlhw.load_recognizer('readre')"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    *_, message, hint = done.stderr.splitlines()
    assert message.startswith("dlhw.errors.CheckpointError: there is no checkpoint readre")
    assert hint.startswith("hint: did you mean reader?")


@pytest.mark.parametrize(
    ("settings", "message", "hint"),
    [
        ({"lr": 0.1}, "there is no setting `lr`", "did you mean `learning_rates`?"),
        ({"learning_rate": 0.1}, "there is no setting `learning_rate`", "did you mean `learning_rates`?"),
        ({"epoch": 1}, "there is no setting `epoch`", "did you mean `epochs`? the settings are recipe, learn"),
        ({"colour": 1}, "there is no setting `colour`", "the settings are recipe, learning_rates, epochs"),
        ({"epochs": "3"}, "`epochs` is a whole number, got '3'", ""),
        ({"learning_rates": "0.1"}, "`learning_rates` is a number, got '0.1'", ""),
        ({"recipe": ["strong"]}, r"`recipe` is a name, got \['strong'\]", ""),
        ({"module": "mine.py"}, "`module` is FILE.py:NAME, got 'mine.py'", ""),
        ({"data": 7}, "`data` is a path, got int", "give a str or a pathlib.Path"),
    ],
)
def test_settings_that_are_unknown_or_of_another_type_are_refused(
    settings: dict[str, Any], message: str, hint: str
) -> None:
    with pytest.raises(dlhw.DlhwError, match=message) as caught:
        dlhw.train("gap", **settings)
    assert caught.value.hint.startswith(hint)


def test_settings_are_those_of_a_training() -> None:
    assert set(SETTINGS) == {field.name for field in fields(Settings)} - {"network"}
    described = (ROOT / "docs/api.md").read_text()
    assert all(f"`{name}`" in described for name in SETTINGS)


@pytest.mark.usefixtures("photos")
def test_images_in_memory_are_looked_at_like_their_files() -> None:
    classifier = dlhw.load_classifier("landscapes", device="cpu")
    path = "data/test/light/0.png"
    with Image.open(path) as image:
        of_file, of_image, of_array = classifier.predict([path, image, np.asarray(image)])
    assert of_file == of_image
    assert of_array == {**of_file, "image": "image 2"}
    recognizer = dlhw.load_recognizer("attention", device="cpu")
    with Image.open(WORD) as image:
        of_file, of_image, of_array = recognizer.read([WORD, image, np.asarray(image)], beam=1)
    assert of_file == of_image
    assert (of_array["text"], of_array["image"]) == (of_file["text"], "image 2")
    for ask in (recognizer.read, classifier.predict):
        with pytest.raises(dlhw.DlhwError, match="images are expected, got 7"):
            ask(7)  # type: ignore[arg-type]


def test_two_recognisers_are_compared(tmp_path: Path, invoke: Invoke) -> None:
    lines = []
    for index, text in enumerate(("one", "two", "six")):
        Image.fromarray(np.full((32, 64), 90 * index, np.uint8) ^ np.eye(32, 64, dtype=np.uint8)).save(
            tmp_path / f"{index}.png"
        )
        lines.append(f"{index}.png\t{text}\n")
    (tmp_path / "labels.tsv").write_text("".join(lines))
    same = dlhw.load_recognizer("attention", device="cpu")
    document = dlhw.compare(same, same, tmp_path, beam=1)
    assert (document["words"], document["cer_difference"]["value"]) == (3, 0)
    printed = json.loads(invoke("ocr", "compare", "attention", "attention", "--data", tmp_path, "--json").stdout)
    assert list(document) == list(printed)
    of_data = ("command", "version", "seed", "data", "protocol", "warnings", "device")
    assert [document[key] for key in of_data] == [printed[key] for key in of_data]
    for system in (document["a"], document["b"]):
        assert (system["checkpoint"], system["second_look"], system["prior"]) == ("attention", False, None)
    assert repr(same).startswith("Recognizer('attention', ")
    assert dlhw.compare("attention", same, tmp_path, beam=1)["cer_difference"]["value"] == 0
    assert repr(dlhw.evaluate(same, tmp_path, beam=1)).startswith("Evaluation(3 words, CER ")
    with pytest.raises(dlhw.DlhwError, match="`model` must be a network, got str"):
        dlhw.evaluate("attention", tmp_path)  # type: ignore[call-overload]
    assert dlhw.evaluate(same, tmp_path, beam=1).scores.words == 3
