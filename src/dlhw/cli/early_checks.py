"""What is wrong with a command line, found before PyTorch, a model or a dataset is loaded.

One place for all commands: an option of one name means the same in each of them. What only the loaded objects can tell
is checked where they are.
"""

from __future__ import annotations

import difflib
import functools
import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from dlhw.cores import check_threads
from dlhw.errors import CheckpointError, DataError, UsageError
from dlhw.learning.launch import first_rank
from dlhw.learning.seeds import check_seed

Check = Callable[[str, Any], object]
"""Of an option's name as it is typed, and its value. Raises a DlhwError."""

NAMED_DATA = ("intel", "intel48")
"""What ``--data`` may be besides a path."""

TRAININGS = {"cnn train", "cnn study", "ocr train"}


def check_early(command: Any, *, path: str = "") -> None:
    """Let every command of a group check its options before it begins.

    Args:
        command: the parser's group, or command.
        path: how the command is called, without ``dlhw``.
    """
    if hasattr(command, "commands"):
        for name, one in command.commands.items():
            check_early(one, path=f"{path} {name}".strip())
        return
    begin = command.callback
    typed = {parameter.name: _typed(parameter) for parameter in command.params}

    @functools.wraps(begin)
    def checked(*arguments: Any, **given: Any) -> Any:
        check_options(path, given, typed)
        return begin(*arguments, **given)

    command.callback = checked


def check_options(command: str, given: Mapping[str, Any], typed: Mapping[str, str]) -> None:
    """See whether options are in range, inputs there, and outputs can be written.

    Args:
        command: as in ``cnn train``.
        given: the options' values, by their parameters' names.
        typed: how each is typed, as in ``--batch-size``.

    Raises:
        DlhwError: one is not.
    """
    checks = CHECKS | OF_COMMANDS.get(command, {})
    for name, value in given.items():
        if value is not None and name in checks:
            checks[name](typed.get(name, name), value)
    if command in TRAININGS and first_rank():  # the others wait for what rank 0 starts
        _check_run(command, given)
    for name in ("checkpoint", "start", "a", "b"):
        if given.get(name) is not None:
            _check_checkpoint(command, Path(given[name]))


def _typed(parameter: Any) -> str:
    names = [name for name in parameter.opts if name.startswith("--")]
    return names[0] if names else str(parameter.name).upper()


def _at_least(least: int, hint: str = "") -> Check:
    def check(option: str, value: float) -> None:
        if not value >= least:  # NaN is not
            number = "a number above" if isinstance(value, float) and least == 0 else "more"
            raise UsageError(f"{option} must be {least} or {number}, got {value:g}", hint)

    return check


def _at_most(high: float) -> Check:
    def check(option: str, value: float) -> None:
        if not 0 < value <= high:
            raise UsageError(f"{option} must be above 0 and at most {high:g}, got {value:g}")

    return check


def _not_checked(option: str, value: Any) -> None:
    pass


def _check_rates(option: str, value: float | tuple[float, ...]) -> None:
    from dlhw.learning.schemas import LARGEST_RATE

    for rate in value if isinstance(value, (tuple, list)) else (value,):
        if not 0 < rate <= LARGEST_RATE:
            raise UsageError(f"{option} must be a number above 0, got {rate:g}", "try 0.01, or leave it out")


def _check_megapixels(option: str, value: float) -> None:
    from dlhw.ocr.preprocessing import LARGEST_MEGAPIXELS

    _at_most(LARGEST_MEGAPIXELS)(option, value)


def _check_data(option: str, value: str | Path) -> None:
    if str(value) not in NAMED_DATA:
        _check_there(option, value)


def _check_there(option: str, value: str | Path) -> None:
    if not Path(value).exists():
        raise DataError(f"there is nothing at {value}", f"check {option}")


def _check_input_file(option: str, value: str | Path) -> None:
    if not Path(value).exists():
        raise DataError(f"{option} {value}: there is no such file", "check the path")
    if Path(value).is_dir():
        raise DataError(f"{option} {value} is a folder, where a file was expected", "name a file in it")


def _check_input_folder(option: str, value: str | Path) -> None:
    if not Path(value).exists():
        raise DataError(f"there is no folder {value}", f"check {option}")
    if not Path(value).is_dir():
        raise DataError(f"{option} {value} is a file, where a folder was expected", "name the folder it lies in")


def _check_beta(_: str, value: float) -> None:
    if not 0 < value < math.inf:
        raise UsageError(f"β must be a number above 0, got {value:g}", "the default is 1/√D, the scale of attention")


def _check_checkpoint(command: str, given: Path) -> None:
    """Refuse weights that are missing, those of landscapes where words are read, and the other way round."""
    from dlhw.cnn import pretrained as networks
    from dlhw.learning.checkpoints import chosen_checkpoint, no_checkpoint
    from dlhw.learning.headers import load_header
    from dlhw.ocr import pretrained as recognizers

    wanted = command.startswith("ocr")
    ours, others = (recognizers.NAMES, networks.NAMES) if wanted else (networks.NAMES, recognizers.NAMES)
    if str(given) in ours:
        return
    if not given.exists() and str(given) not in others:
        raise no_checkpoint(given, what="recogniser" if wanted else "network", names=ours)
    if given.exists():
        reads = "alphabet" in load_header(chosen_checkpoint(given), kind="weights").get("architecture", {})
    else:
        reads = str(given) in recognizers.NAMES
    if reads != wanted:
        kinds = {True: "reads words", False: "tells landscapes apart"}
        raise CheckpointError(
            f"{given} {kinds[reads]}, and weights were expected that {kinds[wanted].replace('s ', ' ', 1)}",
            f"dlhw {'ocr' if reads else 'cnn'} has the commands for it; or name one of {', '.join(ours)}",
        )


def _check_language(_: str, value: str) -> None:
    from dlhw.ocr.prior.frequencies import check_language

    if value != "none":
        check_language(value)


def _check_rendered_language(_: str, value: str) -> None:
    from dlhw.ocr.words.vocabulary import check_language

    check_language(value)


def _check_landscape_recipe(option: str, value: str) -> None:
    from dlhw.cnn.recipe import RECIPES

    _check_name(option, value, RECIPES, "dlhw cnn train")


def _check_word_recipe(option: str, value: str) -> None:
    from dlhw.ocr.recipe import RECIPES

    _check_name(option, value, RECIPES, "dlhw ocr train")


def _check_name(option: str, value: str, names: Iterable[str], command: str) -> None:
    there = list(names)
    if value not in there:
        alike = difflib.get_close_matches(value.lower(), there, n=1)
        meant = f"did you mean {option} {alike[0]}? " if alike else ""
        raise UsageError(
            f"{option} is one of {', '.join(there)}; “{value}” was given", f"{meant}{command} -h lists what there is"
        )


def _check_file(option: str, value: str | Path) -> None:
    from dlhw.learning.outputs import check_writable

    check_writable(Path(value))


def _check_folder(option: str, value: str | Path) -> None:
    from dlhw.learning.outputs import check_folder

    check_folder(Path(value))


def _check_run(command: str, given: Mapping[str, Any]) -> None:
    """Refuse a run directory that a start or a resumption would refuse."""
    from dlhw.learning.outputs import check_folder
    from dlhw.learning.run import RUNS, check_start
    from dlhw.learning.unfinished import check_resume

    resume, force = given.get("resume"), given.get("force")
    if resume and force:
        raise UsageError("--resume continues a run and --force starts it anew", "give one of the two")
    if resume and given.get("start"):
        raise UsageError(
            "--resume continues a run with its own weights, and --from takes others", "give one of the two"
        )
    out = None if given.get("out") is None else Path(given["out"])
    if resume:
        check_resume(command.replace(" ", "-"), out, given.get("epochs"))
    else:
        check_start(out, force=bool(force))
        check_folder(out or RUNS)


def _check_tensorboard(_option: str, asked: bool) -> None:
    from dlhw.learning.event_files import check_tensorboard

    if asked:
        check_tensorboard()


CHECKS: dict[str, Check] = {
    **dict.fromkeys(("epochs", "batch_size", "words", "samples", "k", "count", "dimension"), _at_least(1)),
    **dict.fromkeys(("trials", "steps", "tol"), _at_least(0)),
    "seeds": _at_least(1, "it is how many, and --seed the first one"),
    "patience": _at_least(1, "leave it out to train to the end"),
    "beam": _at_least(1, "--beam 1 is greedy decoding"),
    "resamples": _at_least(100),
    "top_p": _at_most(1),
    "temperature": _at_least(0),
    "lr": _check_rates,
    "seed": lambda _, value: check_seed(value),
    "threads": lambda _, value: check_threads(value),
    "max_megapixels": _check_megapixels,
    "data": _check_data,
    "tensorboard": _check_tensorboard,
    **dict.fromkeys(("lexicon", "word_list", "patterns", "query", "check"), _check_input_file),
    **dict.fromkeys(("images", "fonts"), _check_input_folder),
    "beta": _check_beta,
    "prior": _check_language,
    "language": _check_rendered_language,
    **dict.fromkeys(("csv", "save"), _check_file),
    **dict.fromkeys(("figures", "attention_images"), _check_folder),
}
"""By the names of the parameters."""

OF_COMMANDS: dict[str, dict[str, Check]] = {
    # What cannot be read is a row of the result.
    **{key: {"images": _not_checked} for key in ("ocr read", "cnn predict")},
    "cnn explain": {"images": _not_checked, "out": _check_folder},
    "cnn train": {"recipe": _check_landscape_recipe},
    "ocr train": {"recipe": _check_word_recipe},
    "ocr render": {"seed": _at_least(0), "out": _check_folder},
    **{key: {"out": _check_folder} for key in ("reproduce", "cnn export", "ocr export")},
}
"""Where an option is not checked as everywhere."""
