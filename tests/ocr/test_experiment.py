"""Runs of Question 3: started, resumed, extended, stopped early, started from trained weights."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from dlhw.errors import CheckpointError, DataError, DivergedError, InterruptedRun, RunError, UsageError
from dlhw.learning.checkpoint import load_checkpoint
from dlhw.learning.device import Compute, configure
from dlhw.learning.ranks import Ranks
from dlhw.learning.trial_folder import TrialFolder
from dlhw.ocr import trial as trials
from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.evaluation_dataset import load_evaluation_dataset
from dlhw.ocr.experiment import WordExperiment, has_attention
from dlhw.ocr.pretrained import pretrained
from dlhw.ocr.recognizer import load_recognizer
from dlhw.ocr.settings import Settings
from dlhw.ocr.sources import load_words
from dlhw.ocr.training import WordTask
from dlhw.ocr.training_dataset import Request
from dlhw.ocr.words import source as words
from tests.ocr.folders import noise, words_folder
from tests.ocr.recognisers import save

pytestmark = pytest.mark.usefixtures("undrawn")

SMALL = Settings(epochs=2, words=48, batch_size=16, precision="float32")
WITHOUT = Settings(epochs=1, words=48, batch_size=16, precision="float32", attention=False)


def finish(experiment: WordExperiment) -> dict[str, Any]:
    return experiment.conclude(experiment.train(), seconds=1.0)


def run(out: Path, settings: Settings, compute: Compute, request: Request | None = None, **options: Any) -> Any:
    with WordExperiment.start(settings, request or Request(), compute, out=out, **options) as experiment:
        return finish(experiment)


def weights(out: Path, trial: str = "attention-seed42") -> dict[str, torch.Tensor]:
    return load_checkpoint(out / trial / "state.safetensors", kind="state")[0]


def same(one: Mapping[str, torch.Tensor], other: Mapping[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.drawn
def test_a_run_is_trained_measured_and_drawn(tmp_path: Path, compute: Compute) -> None:
    document = run(tmp_path / "run", SMALL, compute)
    assert document["data"]["train"] == 48
    assert document["words_seen"] == 96
    best = load_recognizer(tmp_path / "run" / document["checkpoint"], device=compute.device)
    assert best.temperature == document["temperature"], "fitted at the end, and kept in the header"
    for name in ("test", "plain"):
        measured = document[name]
        assert measured["words"] == 8
        assert measured["wer_at_k"]["k"] == 3
        assert measured["wer_at_k"]["value"] <= measured["wer"] <= 1
        assert measured["intervals"]["cer"][0] <= measured["cer"] <= measured["intervals"]["cer"][1]
    for figure in document["figures"]:
        assert Path(figure).stat().st_size > 10_000
    trained = load_recognizer(tmp_path / "run" / document["checkpoint"], device=torch.device("cpu"))
    assert sum(p.numel() for p in trained.network.parameters()) == document["parameters"]
    assert trained.alphabet.as_header() == document["alphabet"]


def test_a_batch_that_ranks_cannot_share_is_refused_before_a_word_is_rendered(
    tmp_path: Path, compute: Compute, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dlhw.ocr.experiment.prepare_training_dataset", None)
    with pytest.raises(UsageError, match="a batch of 32 cannot be shared equally by 3 ranks"):
        run(tmp_path / "run", Settings.of_recipe("quick"), replace(compute, ranks=Ranks(size=3)))
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("attention", [True, False])
def test_an_interrupted_run_ends_in_the_same_weights(tmp_path: Path, compute: Compute, attention: bool) -> None:
    settings = Settings(epochs=2, words=48, batch_size=16, precision="float32", attention=attention)
    run(tmp_path / "alone", settings, compute)
    for steps in (1, 2):  # after step 2 of the first epoch, and after step 2 of the second
        asked = iter([0] * steps + [2])
        opening = (
            WordExperiment.start(settings, Request(), compute, out=tmp_path / "parts")
            if steps == 1
            else WordExperiment.resume({}, Request(), compute, out=tmp_path / "parts")
        )
        with opening as experiment, pytest.raises(InterruptedRun):
            experiment.train(should_stop=lambda asked=asked: next(asked))  # type: ignore[misc]
    with WordExperiment.resume({"epochs": 2}, Request(), compute, out=tmp_path / "parts") as experiment:
        finish(experiment)
    trial = settings.trial_name
    assert same(weights(tmp_path / "alone", trial), weights(tmp_path / "parts", trial))
    losses = [
        [row["train_loss"] for row in TrialFolder(tmp_path / run / trial).metrics()] for run in ("alone", "parts")
    ]
    assert losses[0] == losses[1]


def test_a_run_goes_on_with_its_own_threads_whatever_this_process_has(tmp_path: Path) -> None:
    seen = []

    def stop_at_once() -> int:
        seen.append(torch.get_num_threads())
        return 2

    out = tmp_path / "run"
    with WordExperiment.start(WITHOUT, Request(), configure("cpu", 2), out=out) as experiment:
        torch.set_num_threads(1)  # as other work may
        with pytest.raises(InterruptedRun):
            experiment.train(should_stop=stop_at_once)
    with (
        WordExperiment.resume({}, Request(), configure("cpu", 1), out=out) as experiment,
        pytest.raises(InterruptedRun),
    ):
        experiment.train(should_stop=stop_at_once)
    assert seen == [2, 2]
    assert torch.get_num_threads() == 1


def test_a_resumed_run_takes_no_other_options(tmp_path: Path, compute: Compute, own_words: Path) -> None:
    out = tmp_path / "run"
    run(out, SMALL, compute)
    for given in ({"words": 12}, {"attention": False}, {"seed": 7}):
        with (
            pytest.raises(UsageError, match="was started with"),
            WordExperiment.resume({"epochs": 3, **given}, Request(), compute, out=out),
        ):
            pass
    with (
        pytest.raises(UsageError, match="was started with `data` None"),
        WordExperiment.resume({"epochs": 3}, Request(data=own_words), compute, out=out),
    ):
        pass
    with (
        pytest.raises(UsageError, match="goes to epoch 2"),
        WordExperiment.resume({"epochs": 1}, Request(), compute, out=out),
    ):
        pass


def test_more_epochs_extend_a_run(tmp_path: Path, compute: Compute) -> None:
    run(tmp_path / "run", SMALL, compute)
    with WordExperiment.resume({"epochs": 3}, Request(), compute, out=tmp_path / "run") as experiment:
        assert finish(experiment)["last_epoch"] == 3


def test_several_seeds_differ_in_all_but_the_words_they_are_measured_on(tmp_path: Path, compute: Compute) -> None:
    settings = Settings(epochs=1, words=16, batch_size=16, precision="float32", seed=7, seeds=2)
    document = run(tmp_path / "run", settings, compute)
    results, summary = document["results"], document["summary"]
    assert [result["seed"] for result in results] == [7, 8]
    errors = [result["test"]["cer"] for result in results]
    assert summary["n"] == 2
    assert summary["test"]["cer"]["mean"] == pytest.approx(sum(errors) / 2)
    assert summary["best_validation_cer"]["deviation"] is not None
    best = min(results, key=lambda result: float(result["best_validation_cer"]))
    assert document["test"] == best["test"], "what stands at the top is of the best by validation"
    assert document["checkpoint"] == f"attention-seed{best['seed']}/best.safetensors"
    assert not same(weights(tmp_path / "run", "attention-seed7"), weights(tmp_path / "run", "attention-seed8"))
    run(tmp_path / "alone", replace(settings, seed=8, seeds=1), compute)
    assert same(weights(tmp_path / "alone", "attention-seed8"), weights(tmp_path / "run", "attention-seed8"))


def test_of_several_seeds_those_that_have_ended_are_kept(tmp_path: Path, compute: Compute) -> None:
    settings = Settings(epochs=1, words=16, batch_size=16, precision="float32", seeds=2)
    asked = iter([0, 2])  # after the first one's only step, and between the two
    opening, stopped = WordExperiment.start(settings, Request(), compute, out=tmp_path / "run"), "between two trainings"
    with opening as experiment, pytest.raises(InterruptedRun, match=stopped):
        experiment.train(should_stop=lambda: next(asked))
    first = (tmp_path / "run/attention-seed42/outcome.json").read_bytes()
    with WordExperiment.resume({"seeds": 2}, Request(), compute, out=tmp_path / "run") as experiment:
        assert finish(experiment)["summary"]["n"] == 2
    assert (tmp_path / "run/attention-seed42/outcome.json").read_bytes() == first


def test_a_seed_that_diverges_leaves_the_others(
    tmp_path: Path, compute: Compute, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = WordTask.train_step

    def diverging(task: WordTask, number: int) -> torch.Tensor:
        return step(task, number) * (float("nan") if task._settings.seed == 42 else 1.0)

    monkeypatch.setattr(WordTask, "train_step", diverging)
    settings = Settings(epochs=1, words=16, batch_size=16, precision="float32", seeds=2)
    document = run(tmp_path / "run", settings, compute)
    assert [result["status"] for result in document["results"]] == ["diverged", "finished"]
    assert (document["summary"]["n"], document["summary"]["diverged"]) == (1, 1)
    with pytest.raises(DivergedError):
        run(tmp_path / "alone", replace(settings, seeds=1), compute)


AVERAGED = Settings(
    epochs=40, words=48, batch_size=16, precision="float32", mix="reader", schedule="stable", average_decay=0.5
)


def test_an_averaged_training_goes_on_bit_for_bit_and_can_be_cut_short(tmp_path: Path, compute: Compute) -> None:
    """As the recipe reader is trained: until there is no more time, and then to its end."""
    for name, stops in (("alone", [7]), ("parts", [1, 2, 4])):
        for number, steps in enumerate(stops):
            asked = iter([0] * (steps - 1) + [2])
            opening = (
                WordExperiment.resume({}, Request(), compute, out=tmp_path / name)
                if number
                else WordExperiment.start(AVERAGED, Request(), compute, out=tmp_path / name)
            )
            with opening as experiment, pytest.raises(InterruptedRun):
                experiment.train(should_stop=lambda asked=asked: next(asked))  # type: ignore[misc]
    assert same(weights(tmp_path / "alone"), weights(tmp_path / "parts"))
    state = weights(tmp_path / "alone")
    assert not torch.equal(state["average/decoder.output.weight"], state["model/decoder.output.weight"])
    with (
        pytest.raises(UsageError, match="goes to epoch 40; got `epochs` 2"),
        WordExperiment.resume({"epochs": 2}, Request(), compute, out=tmp_path / "alone"),
    ):
        pass
    with WordExperiment.resume({"epochs": 3}, Request(), compute, out=tmp_path / "alone") as experiment:
        document = finish(experiment)
    assert document["last_epoch"] == 3
    rates = [row["learning_rate"] for row in TrialFolder(tmp_path / "alone" / "attention-seed42").metrics()]
    assert rates[0] < rates[1] == AVERAGED.learning_rate > rates[2]
    state = weights(tmp_path / "alone")
    assert torch.equal(state["average/decoder.output.weight"], state["model/decoder.output.weight"]), "at the end"
    best = load_checkpoint(tmp_path / "alone" / document["checkpoint"], kind="weights")
    if document["best_epoch"] == 3:
        assert torch.equal(best[0]["decoder.output.weight"], state["average/decoder.output.weight"])
    words = best[1]["architecture"]["words"]
    assert words["mix"] == "reader"
    assert words["faces"] == {"count": document["data"]["fonts"]["train"], "hash": document["data"]["fonts"]["learnt"]}


def test_patience_ends_a_training_that_gets_no_better(
    tmp_path: Path, compute: Compute, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = iter([0.5, 0.4, 0.4, 0.45, 0.1])
    monkeypatch.setattr(
        "dlhw.ocr.training.WordTask.validate", lambda _: {"validation_cer": next(errors), "validation_wer": 1.0}
    )
    settings = Settings(epochs=5, words=16, batch_size=16, precision="float32", patience=2)
    document = run(tmp_path / "run", settings, compute)
    assert (document["best_epoch"], document["last_epoch"]) == (2, 4)


def test_a_run_that_patience_ended_and_was_then_killed_trains_no_further_epoch(
    tmp_path: Path, compute: Compute, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = iter([0.5, 0.4, 0.4, 0.45, 0.1])
    monkeypatch.setattr(
        "dlhw.ocr.training.WordTask.validate", lambda _: {"validation_cer": next(errors), "validation_wer": 1.0}
    )
    settings = Settings(epochs=5, words=16, batch_size=16, precision="float32", patience=2)
    measure_words = trials.measure_words
    monkeypatch.setattr(trials, "measure_words", lambda *_: signal.raise_signal(signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "run", settings, compute)
    monkeypatch.setattr(trials, "measure_words", measure_words)
    with WordExperiment.resume({}, Request(), compute, out=tmp_path / "run") as experiment:
        document = finish(experiment)
    assert (document["best_epoch"], document["last_epoch"]) == (2, 4)


def test_the_best_weights_always_have_their_temperature(
    tmp_path: Path, compute: Compute, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dlhw.ocr.temperature.fit_temperature", lambda *_, **__: 0.77)
    document = run(tmp_path / "run", SMALL, compute)
    best = tmp_path / "run" / document["checkpoint"]

    def temperature() -> float:
        return load_recognizer(best, device=torch.device("cpu")).temperature

    assert temperature() == document["temperature"] == 0.77
    with WordExperiment.resume({"epochs": 4}, Request(), compute, out=tmp_path / "run") as experiment:
        with pytest.raises(InterruptedRun):
            experiment.train(should_stop=lambda: 2)
        assert temperature() == 0.77, "in an extension before its first epoch"
        steps = iter([0, 0, 2])
        with pytest.raises(InterruptedRun):
            experiment.train(should_stop=lambda: next(steps))
        assert temperature() == 0.77, "and behind it"


def test_own_words_are_learnt_from_and_new_letters_are_added(tmp_path: Path, compute: Compute, own_words: Path) -> None:
    run(tmp_path / "first", WITHOUT, compute, Request(data=own_words))
    start = tmp_path / "first" / "no-attention-seed42" / "best.safetensors"
    assert not has_attention(start)
    before = load_recognizer(start, device=torch.device("cpu"))
    tuned = run(tmp_path / "second", WITHOUT, compute, Request(start=start))
    assert tuned["alphabet"].startswith(before.alphabet.as_header())
    assert len(tuned["alphabet"]) > len(before.alphabet.characters)
    with pytest.raises(UsageError, match="the other kind was asked for"):
        run(tmp_path / "third", SMALL, compute, Request(start=start))
    assert not (tmp_path / "third").exists()


@pytest.mark.parametrize("texts", [("p\u0302", "z"), ("\u062e\u0627\u0646\u0647\u0654", "\u0648")])
def test_letters_and_accents_of_different_words_stay_apart(
    tmp_path: Path, compute: Compute, texts: tuple[str, str]
) -> None:
    """Side by side, z and the accent of p̂ would be ẑ, و and the hamza of هٔ would be ؤ: z and و would be lost."""
    own = words_folder(tmp_path / "own", {f"{number}.png": f"{texts[number % 2]}{number}" for number in range(40)})
    request, start = Request(data=own), save(tmp_path / "trained.safetensors", attention=False)
    for first in (None, start):
        with WordExperiment.start(
            WITHOUT, replace(request, start=first), compute, out=tmp_path / f"from-{first is start}"
        ) as made:
            begun = made.trials[0].first_network()
            assert not begun.alphabet.unknown(made.data.train.chunk(1, 0).texts)


def test_a_grown_network_reads_as_before(tmp_path: Path, compute: Compute, own_words: Path) -> None:
    """Before any step, the new letters apart: their logits are random."""
    run(tmp_path / "run", SMALL, compute, Request(data=own_words))
    start = tmp_path / "run" / "attention-seed42" / "best.safetensors"
    trained = load_recognizer(start, device=torch.device("cpu"))
    with WordExperiment.start(SMALL, Request(start=start), compute, out=tmp_path / "next") as experiment:
        network, alphabet, _ = experiment.trials[0].first_network()
        seen = experiment.data.validation
    size = trained.alphabet.size
    assert alphabet.size > size
    with torch.inference_mode():
        images = torch.from_numpy(seen.image(0).copy())[None, None, :, : seen.widths[0] // 4 * 4]
        widths = torch.tensor([images.shape[3]])
        tokens = torch.tensor([[1, 5]])
        old, new = (net.eval()(images, widths, tokens) for net in (trained.network, network))
    assert torch.allclose(old, new[:, :, :size], atol=1e-6)


def test_words_that_changed_are_noticed(tmp_path: Path, compute: Compute) -> None:
    folder = tmp_path / "words.txt"
    folder.write_text("\n".join(f"word{index}" for index in range(400)))
    request = Request(word_list=folder)
    run(tmp_path / "run", SMALL, compute, request)
    folder.write_text("\n".join(f"other{index}" for index in range(400)))
    words._load.cache_clear()  # as in another process
    with (
        pytest.raises(RunError, match="are not those"),
        WordExperiment.resume({"epochs": 3}, Request(), compute, out=tmp_path / "run"),
    ):
        pass


def begin(out: Path, compute: Compute, request: Request, *, start: Path | None = None) -> None:
    """Start a run and stop it after its first step."""
    opening = WordExperiment.start(WITHOUT, replace(request, start=start), compute, out=out)
    with opening as experiment, pytest.raises(InterruptedRun):
        experiment.train(should_stop=lambda: 2)


def go_on(out: Path, compute: Compute, request: Request | None = None) -> dict[str, Any]:
    with WordExperiment.resume({}, request or Request(), compute, out=out) as experiment:
        (outcome,) = experiment.train()
    return outcome


def own(folder: Path) -> Path:
    return words_folder(folder, {f"{number}.png": f"{'abcde'[number % 5]}{number}" for number in range(40)})


@pytest.mark.parametrize("spelling", ["folder", "../here/folder", "link", "linked/labels.tsv", "../here/words.txt"])
def test_a_run_is_gone_on_with_however_its_words_were_named(
    tmp_path: Path, compute: Compute, monkeypatch: pytest.MonkeyPatch, spelling: str
) -> None:
    """What words are is their content: no path is compared, and none is in a checkpoint."""
    here = own(tmp_path / "here" / "folder").parent
    (here / "link").symlink_to("folder")
    shutil.copytree(here / "folder", here / "linked")
    (here / "folder" / "labels.tsv").rename(here / "labels of last week")
    (here / "linked" / "labels.tsv").unlink()
    for folder in ("folder", "linked"):  # the images lie beside the link
        (here / folder / "labels.tsv").symlink_to("../labels of last week")
    (here / "words.txt").write_text("\n".join(f"{first}{last}" for first in "abcdefghij" for last in range(40)))
    monkeypatch.chdir(here)
    words = Request(**{"word_list" if spelling.endswith("txt") else "data": Path(spelling)})  # type: ignore[arg-type]
    begin(tmp_path / "run", compute, words)
    monkeypatch.chdir(tmp_path)
    go_on(tmp_path / "run", compute)
    for name, kind in (("best", "weights"), ("state", "state")):
        header = load_checkpoint(tmp_path / "run" / WITHOUT.trial_name / f"{name}.safetensors", kind=kind)[1]
        assert not any(part in str(header) for part in (str(tmp_path), "here", "folder", "link", "labels", "words.txt"))


def test_words_that_were_moved_are_named_anew(tmp_path: Path, compute: Compute) -> None:
    begin(tmp_path / "run", compute, Request(data=own(tmp_path / "own")))
    (tmp_path / "own").rename(tmp_path / "moved")
    with pytest.raises(RunError, match="which no longer exists") as raised:
        go_on(tmp_path / "run", compute)
    assert "`data`" in raised.value.hint
    other = words_folder(tmp_path / "other", {f"{number}.png": f"x{number}" for number in range(40)})
    with pytest.raises(UsageError, match="which holds something else"):
        go_on(tmp_path / "run", compute, Request(data=other))
    go_on(tmp_path / "run", compute, Request(data=tmp_path / "moved"))
    best = tmp_path / "run" / WITHOUT.trial_name / "best.safetensors"
    measured = load_evaluation_dataset(best)
    assert measured.split == "test"
    assert measured.warnings == ()


def test_what_a_run_began_with_is_needed_until_there_is_a_state(tmp_path: Path, compute: Compute) -> None:
    request, start = Request(data=own(tmp_path / "own")), save(tmp_path / "start.safetensors", attention=False)
    begin(tmp_path / "late", compute, request, start=start)
    with WordExperiment.start(WITHOUT, replace(request, start=start), compute, out=tmp_path / "early"):
        pass  # killed before its first step
    start.write_bytes(start.read_bytes() + b" ")
    with pytest.raises(RunError, match="began with the weights in"):
        go_on(tmp_path / "early", compute)
    start.unlink()
    with pytest.raises(RunError, match="which no longer exist"):
        go_on(tmp_path / "early", compute)
    go_on(tmp_path / "late", compute)
    save(start, attention=False)
    go_on(tmp_path / "early", compute)
    assert same(weights(tmp_path / "early", WITHOUT.trial_name), weights(tmp_path / "late", WITHOUT.trial_name))


def test_a_tuned_recogniser_says_that_it_learnt_from_the_first_ones_images_too(
    tmp_path: Path, compute: Compute
) -> None:
    first, second = own(tmp_path / "first"), tmp_path / "second"
    words_folder(second, {f"{number}-{number}.png": f"{'fghij'[number % 5]}{number}" for number in range(80)})
    for number in range(80):
        noise(50, seed=1000 + number).save(second / f"{number}-{number}.png")
    run(tmp_path / "one", WITHOUT, compute, Request(data=first))
    start = tmp_path / "one" / WITHOUT.trial_name / "best.safetensors"
    run(tmp_path / "two", WITHOUT, compute, Request(data=second, start=start))
    with WordExperiment.start(WITHOUT, Request(data=first, start=start), compute, out=tmp_path / "three") as experiment:
        assert experiment.data.warnings == (), "its test images are those that the first has not learnt from either"
    shutil.copytree(first, tmp_path / "split" / "test")
    shutil.copytree(second, tmp_path / "split" / "train")
    request = Request(data=tmp_path / "split")
    with WordExperiment.start(WITHOUT, replace(request, start=start), compute, out=tmp_path / "four") as experiment:
        (warning,) = experiment.data.warnings
        assert "whose weights are the first, learnt from" in warning
    tuned = tmp_path / "two" / WITHOUT.trial_name / "best.safetensors"
    learnt = len(load_words(first).for_training().train)
    (warning,) = load_evaluation_dataset(tuned, first).warnings
    assert f"learnt from {learnt} of these 40 images" in warning


def test_bad_data_never_costs_a_run(tmp_path: Path, compute: Compute) -> None:
    run(tmp_path / "run", SMALL, compute)
    before = weights(tmp_path / "run")
    with pytest.raises(DataError):
        run(tmp_path / "run", SMALL, compute, Request(data=tmp_path / "nothing"), force=True)
    assert same(weights(tmp_path / "run"), before)


def test_a_checkpoint_of_something_else_is_no_recogniser(tmp_path: Path, compute: Compute) -> None:
    run(tmp_path / "run", SMALL, compute)
    with pytest.raises(CheckpointError, match="where 'weights' was expected"):
        load_recognizer(tmp_path / "run" / "attention-seed42" / "state.safetensors", device=torch.device("cpu"))


def test_readings_do_not_depend_on_the_batch(tmp_path: Path, compute: Compute, own_words: Path) -> None:
    document = run(tmp_path / "run", SMALL, compute, Request(data=own_words))
    with WordExperiment.resume({}, Request(), compute, out=tmp_path / "run") as experiment:
        seen = experiment.data.validation
    trained = load_recognizer(tmp_path / "run" / document["checkpoint"], device=torch.device("cpu"))
    together = trained.read(seen, BeamSearch(width=3))
    for index in range(len(seen)):
        (alone,) = trained.read(seen.select([index]), BeamSearch(width=3))
        assert [reading.text for reading in alone] == [reading.text for reading in together[index]]
        for one, other in zip(alone, together[index], strict=True):
            assert one.log_probability == pytest.approx(other.log_probability, abs=1e-4)


def test_weights_of_the_package_are_noted_by_their_name(tmp_path: Path, compute: Compute) -> None:
    start, out = pretrained("no-attention"), tmp_path / "run"
    with WordExperiment.start(WITHOUT, Request(start=start), compute, out=out):
        pass
    config = json.loads((out / "config.json").read_text())
    assert config["from"] == "no-attention"
    for noted in ("no-attention", str(start)):  # the latter as earlier versions have it
        (out / "config.json").write_text(json.dumps(config | {"from": noted}))
        with WordExperiment.resume({}, Request(), compute, out=out) as experiment:
            assert experiment.request.start == start
        assert json.loads((out / "config.json").read_text()) == config
