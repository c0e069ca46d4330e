"""Which runs there is something to do for. Nothing of PyTorch is imported here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dlhw.learning.result_schemas import Result
from dlhw.learning.run import CONFIG, RESULT, newest_run, no_run, no_unfinished_run, read_config, read_result


def unfinished(epochs: int | None) -> Callable[[Path], bool]:
    """Whether a run directory is one to resume: it has no result, or one of fewer epochs than are wanted.

    Args:
        epochs: as asked for again; the run's own number counts where it is larger.
    """

    def wanted(directory: Path) -> bool:
        # An extension that was interrupted still has the result of the shorter run.
        result = directory / RESULT
        if not result.exists():
            return True
        return bool(
            read_result(directory, Result)["epochs"] < max(epochs or 0, read_config(directory).get("epochs", 0))
        )

    return wanted


def check_resume(command: str, out: Path | None, epochs: int | None) -> None:
    """Refuse to resume where there is no run to resume, before anything slow is done.

    Args:
        command: as in ``cnn-train``.
        out: the run directory, where it was named.
        epochs: as asked for again.

    Raises:
        RunError: there is none.
    """
    if out is None and newest_run(command, wanted=unfinished(epochs)) is None:
        raise no_unfinished_run(command)
    if out is not None and not (out / CONFIG).exists():
        raise no_run(out)
