"""Which weights a person means who names a file, a run directory or weights of the package, or none."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection
from pathlib import Path

from dlhw.errors import CheckpointError, UsageError, no_file
from dlhw.learning.result_schemas import Chosen
from dlhw.learning.run import CONFIG, RESULT, newest_run, read_result
from dlhw.learning.trial_folder import BEST
from dlhw.plurals import counted


def named_checkpoint(given: Path, *, what: str, names: Collection[str], packaged: Callable[[str], Path]) -> Path:
    """The weights that a name of the package, a file or a run directory stands for.

    Args:
        given: the name or the path.
        what: the weights are of, for messages, as in "recogniser".
        names: of those in the package.
        packaged: the file of a name. Raises CheckpointError where it is missing or damaged.

    Raises:
        CheckpointError: they are missing or damaged.
        UsageError: a file or a run here has a name of the package.
    """
    if str(given) in names:
        if given.is_file() or (given / CONFIG).exists():  # any other folder has no weights to be meant
            raise UsageError(
                f"{given} is a {what} of the package, and here is a file or a run of that name",
                f"rename it, or give its whole path: {given.absolute()}",
            )
        return packaged(str(given))
    if not given.exists():
        raise no_checkpoint(given, what=what, names=names)
    return chosen_checkpoint(given)


def no_checkpoint(given: Path, *, what: str, names: Collection[str]) -> CheckpointError:
    """What is said of a name that is neither a path nor of the package. Arguments are as for :func:`named_checkpoint`.

    Example:
        >>> no_checkpoint(Path("readre"), what="recogniser", names=["reader"]).hint
        'did you mean reader? give a file of weights, a run directory, or a recogniser of the package: reader'
    """
    take = f"give a file of weights, a run directory, or a {what} of the package: {', '.join(names)}"
    alike = difflib.get_close_matches(str(given).lower(), names, n=1)
    hint = f"did you mean {alike[0]}? {take}" if alike else take
    return CheckpointError(f"there is no checkpoint {given}", hint)


def newest_checkpoint(command: str, root: Path) -> Path | None:
    """The weights of the newest finished run of a command, as in ``cnn-train``, under ``root``."""
    run = newest_run(command, root=root, wanted=lambda directory: (directory / RESULT).exists())
    if run is None:
        return None
    try:
        return chosen_checkpoint(run)
    except CheckpointError as error:  # an older run in its place would be measured for this one
        error.hint = f"{error.hint}, or name other weights with `checkpoint`"
        raise


def chosen_checkpoint(path: Path) -> Path:
    """The weights at ``path``: the file itself, or the best epoch of a run's chosen trial.

    A run's ``result.json`` names it under ``checkpoint``; a run that is not finished may have only one trial.

    Raises:
        CheckpointError: nothing is there, or the run has no weights yet, or several, or all that it trained diverged.
    """
    if path.is_file():
        return path
    if not path.is_dir():
        raise CheckpointError(
            no_file(path, f"there is no checkpoint {path}"), "give a file of weights or a run directory"
        )
    if not (path / CONFIG).exists():
        raise CheckpointError(
            f"{path} is a folder, but no run directory", "give a file of weights, or a numbered folder under runs/"
        )
    result = read_result(path, Chosen) if (path / RESULT).exists() else {}
    if named := result.get("checkpoint"):
        return path / str(named)
    found = sorted(path.glob(f"*/{BEST}"))
    if "checkpoint" in result:
        raise CheckpointError(
            f"all that the run in {path} trained diverged, so that none of its weights were chosen",
            f"name a trial's weights, as in {found[0]}" if found else "train again with a smaller `learning_rates`",
        )
    if not found:
        raise CheckpointError(f"the run in {path} has no weights yet", "wait for its first epoch, or resume it")
    if len(found) > 1:
        raise CheckpointError(
            f"the run in {path} has {counted(len(found), 'trial')}, and its result names none of them",
            f"name one of them, as in {found[0]}",
        )
    return found[0]
