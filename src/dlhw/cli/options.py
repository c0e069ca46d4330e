"""The options that several commands share, as annotated types."""

from __future__ import annotations

import functools
import inspect
import shlex
from collections.abc import Callable, Sequence
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

import typer

ProgressStyle = Literal["auto", "live", "plain", "none"]
DeviceName = Literal["auto", "cpu", "cuda", "mps"]
Command = Callable[..., None]

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of tables.")]
Progress = Annotated[
    ProgressStyle,
    typer.Option("--progress", metavar="STYLE", help="auto, live, plain (lines) or none.", show_default=True),
]
Seed = Annotated[
    int | None,
    typer.Option("--seed", metavar="N", help="The seed of all random numbers.  [default: 42]"),
]
Seeds = Annotated[
    int | None,
    typer.Option(
        "--seeds", metavar="N", help="Train with N seeds, from --seed on: means and deviations.  [default: 1]"
    ),
]
Strict = Annotated[bool, typer.Option("--strict", help="Fail at an unreadable image, not skip it.")]
Device = Annotated[
    DeviceName, typer.Option("--device", metavar="NAME", help="auto, cpu, cuda or mps.", show_default=True)
]
Threads = Annotated[
    int | None,
    typer.Option("--threads", metavar="N", help="Threads on the CPU.  [default: all cores]"),
]
Deterministic = Annotated[
    bool, typer.Option("--deterministic", help="The same numbers each time on a GPU too; slower.")
]
SyncBatchnorm = Annotated[
    bool,
    typer.Option("--sync-batchnorm", help="Under torchrun, on GPUs: normalise over the whole batch of all ranks."),
]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="The run directory.  [default: a new one under runs/]"),
]
Resume = Annotated[
    bool,
    typer.Option("--resume", help="Continue the run in --out, or the newest unfinished one."),
]
Force = Annotated[bool, typer.Option("--force", help="Start the run in --out anew.")]
Tensorboard = Annotated[
    bool,
    typer.Option("--tensorboard", help="Write the metrics of each epoch for TensorBoard too (extra tensorboard)."),
]
MaxMegapixels = Annotated[
    float,
    typer.Option(
        "--max-megapixels", metavar="N", help="Do not decode larger images.  [default: 50]", show_default=False
    ),
]
Images = Annotated[
    Path | None,
    typer.Option("--images", metavar="DIR", help="Where the images lie, if not beside their label file."),
]
PrecisionName = Literal["auto", "float32", "bfloat16"]
Precision = Annotated[
    PrecisionName,
    typer.Option(
        "--precision",
        metavar="TYPE",
        help="auto, float32 or bfloat16; auto is bfloat16 where the hardware supports it.",
    ),
]


def with_options(kind: Callable[..., Any], *, without: Sequence[str] = ()) -> Callable[[Command], Command]:
    """Give a command the options that are the fields of a dataclass, in place of its last parameter, ``asked``.

    Args:
        kind: the dataclass; its fields have annotated types, as those above.
        without: those of them that the command does not have.
    """
    hints = get_type_hints(kind, include_extras=True)
    shared = [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if field.default is MISSING else field.default,
            annotation=hints[field.name],
        )
        for field in fields(kind)  # type: ignore[arg-type]
        if field.init and field.name not in without
    ]

    def expand(command: Command) -> Command:
        signature = inspect.signature(command, eval_str=True)
        own = [parameter for parameter in signature.parameters.values() if parameter.name != "asked"]

        @functools.wraps(command)
        def begin(**given: Any) -> None:
            asked = kind(**{parameter.name: given.pop(parameter.name) for parameter in shared})
            command(**given, asked=asked)

        begin.__signature__ = signature.replace(parameters=[*own, *shared])  # type: ignore[attr-defined]
        return begin

    return expand


def resume_hint(
    command: str, directory: str, device: DeviceName, *, deterministic: bool, more: Sequence[str] = ()
) -> str:
    """The command that continues an interrupted run. Its threads and its precision are kept by the run."""
    words = ["dlhw", *command.split(), "--resume", "--out", directory, *compute_options(device, deterministic), *more]
    return f"to continue: {shlex.join(words)}"


def compute_options(device: DeviceName, deterministic: bool) -> list[str]:
    """Where to compute, as it was asked for."""
    return ["--device", device] * (device != "auto") + ["--deterministic"] * deterministic
