"""Going on with a run as it was started: which of the options given again may differ, and where."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol, TypeVar

import torch

from dlhw.errors import RunError, UsageError
from dlhw.learning.device import Compute, DeviceName, PrecisionName, choose_precision, find_device
from dlhw.learning.run import Run


class _Settings(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def epochs(self) -> int: ...


S = TypeVar("S", bound=_Settings)


def merge_settings(saved: S, given: Mapping[str, Any], directory: Path, *, least: int | None = None) -> S:
    """The settings that a run was started with, extended to the epochs asked for now.

    Args:
        saved: of the run.
        given: fields that were asked for again; only ``epochs`` may differ, upwards.
        directory: of the run, for the messages.
        least: the fewest epochs that the run can be shortened to; ``None`` where it cannot.

    Raises:
        UsageError: another field differs, or the run would be shortened.
    """
    for name, value in given.items():
        before = getattr(saved, name)
        if value != before and name != "epochs":
            called = name if name == "network" else f"`{name}`"  # its option, --gap, takes no value
            raise UsageError(
                f"the run in {directory} was started with {called} {_plain(before)}; got {_plain(value)}",
                f"{_as_it_was(name, before, directory)}, or start another run without `resume`",
            )
    epochs = given.get("epochs", saved.epochs)
    if epochs < (saved.epochs if least is None else min(least, saved.epochs)):
        raise UsageError(
            f"the run in {directory} goes to epoch {saved.epochs}; got `epochs` {epochs}",
            f"`resume` without `epochs` continues to epoch {saved.epochs}; for fewer start another run, with `epochs` "
            f"{epochs} and the run's other options, without `resume`"
            if least is None
            else f"it can end at epoch {least} at the soonest",
        )
    return replace(saved, **{**given, "epochs": epochs})


Changeable = Literal["device", "threads"]


def asked_to_change(device: DeviceName, threads: int | None) -> list[Changeable]:
    """What a resumed run does not keep, since another was asked for."""
    asked: dict[Changeable, bool] = {"device": device != "auto", "threads": threads is not None}
    return [name for name, differs in asked.items() if differs]


def compute_as_before(run: Run, compute: Compute, *, changed: Collection[Changeable] = ()) -> Compute:
    """Where a run continues: on the device, with the threads and as deterministically as it was trained so far.

    Anything else would round differently and end in other weights, so it has to be asked for.

    Args:
        run: a new one is trained as ``compute`` says.
        compute: what this process would use.
        changed: what is to be as in ``compute`` nevertheless.

    Raises:
        RunError: the run's device is not available.
    """
    before = run.environment()
    if before is None:
        return compute
    device = compute.device
    if "device" not in changed and (name := torch.device(before["device"]).type) != device.type:
        try:
            device = find_device(name)  # type: ignore[arg-type]
        except UsageError as error:
            raise RunError(
                f"the run in {run.directory} was trained on {name}, which is not available",
                f"resume where it is available, or give `device` {device.type}; the numbers will then differ",
            ) from error
    threads = compute.threads
    if "threads" not in changed:  # noted is how many all ranks of a machine had
        threads = max(1, int(before["threads"]) // compute.ranks.local_size)
    deterministic = compute.deterministic or bool(before["deterministic"])
    # On another device, which is asked for, it may not exist.
    sync_batchnorm = compute.sync_batchnorm or (bool(before.get("sync_batchnorm")) and device.type == "cuda")
    return replace(compute, device=device, threads=threads, deterministic=deterministic, sync_batchnorm=sync_batchnorm)


def precision_as_before(run: Run, name: PrecisionName, compute: Compute) -> PrecisionName:
    """The precision in which a run is trained: as so far, also on hardware for which ``auto`` would be another one."""
    noted: PrecisionName | None = (run.environment() or {}).get("precision")  # not in runs of earlier versions
    return noted or ("bfloat16" if choose_precision(name, compute.device) == torch.bfloat16 else "float32")


def _as_it_was(name: str, before: object, directory: Path) -> str:
    if name == "module":  # a file that is executed is named each time, and this one was edited
        kept = f"{directory / 'network.py'}:{getattr(before, 'expression', 'NAME')}"
        return f"name the copy that the run keeps, `module` {kept}"
    return f"leave `{name}` out"


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
