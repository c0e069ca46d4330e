"""Where to compute: device, threads, determinism."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, get_args

import torch
from PIL import features
from torch import nn

from dlhw import __version__
from dlhw.cores import check_threads, limit_threads, usable_cores
from dlhw.errors import UsageError, shown
from dlhw.learning.launch import device_index, launch_name, local_place
from dlhw.learning.parallel import ALONE, Ranks, open_ranks

DeviceName = Literal["auto", "cpu", "cuda", "mps"]
PrecisionName = Literal["auto", "float32", "bfloat16"]

DETERMINISTIC_WORKSPACES = {"CUBLAS_WORKSPACE_CONFIG": ":16:8", "CUBLASLT_WORKSPACE_SIZE": "128"}
"""With these environment variables cuBLAS gives the same numbers each time: eight workspaces of 16 KiB, with which
cuDNN's LSTMs are deterministic too, and as much for cuBLASLt, which PyTorch would otherwise reduce with a warning."""


@dataclass(frozen=True, kw_only=True)
class Compute:
    """The device and the threads that PyTorch was set to use."""

    device: torch.device
    threads: int
    """Of this process. The ranks of one machine share its cores."""

    deterministic: bool
    ranks: Ranks = ALONE
    """The processes that work on the same command."""

    sync_batchnorm: bool = False
    """Whether batch normalisation takes its statistics of the batch of all ranks, not of each rank's part."""

    @property
    def name(self) -> str:
        """The device's name, as in ``NVIDIA H200`` or ``AMD EPYC``."""
        return torch.cuda.get_device_name(self.device) if self.device.type == "cuda" else _processor()

    def synchronized(self, network: nn.Module) -> nn.Module:
        """The network as ranks train it: with its batch normalisation synchronised, where that was asked for.

        Its parameters and the names in its state stay the same. It is changed, and returned.
        """
        if not self.sync_batchnorm or self.ranks.size == 1:
            return network
        return nn.SyncBatchNorm.convert_sync_batchnorm(network)  # type: ignore[no-any-return, no-untyped-call]


def configure(
    device: DeviceName = "auto",
    threads: int | None = None,
    *,
    deterministic: bool = False,
    sync_batchnorm: bool = False,
) -> Compute:
    """Choose the device, tell PyTorch how many threads to use, and meet the other ranks, if there are any.

    Args:
        device: ``auto`` takes CUDA, then Apple's MPS, then the CPU. Under torchrun each rank of a machine has a GPU.
        threads: for work inside an operation; by default the cores this process may use. More threads
            than free cores is far slower: they wait for each other after every operation. The ranks of
            one machine share them.
        deterministic: the same numbers on a GPU too, at a price. On the CPU they are always the same for
            one thread count.
        sync_batchnorm: batch normalisation over the batch of all ranks, which PyTorch has for CUDA alone.

    Raises:
        UsageError: the device is not available or cannot do what is asked for, or ``threads`` is not positive or far
            beyond the cores.
        RankError: the other ranks did not come, or were started with other options.
    """
    if threads is not None:
        check_threads(threads)
    chosen, (_, sharing) = find_device(device), local_place()
    if deterministic and chosen.type == "mps":
        raise UsageError(
            "`deterministic` cannot be kept on mps, where pooling and embeddings have no deterministic gradients",
            "take `device` cpu, or leave it out",
        )
    if sync_batchnorm and chosen.type != "cuda":
        raise UsageError(
            f"`sync_batchnorm` needs a CUDA GPU for each rank, and this rank computes on {chosen.type}",
            "leave it out: batch normalisation then sees each rank's part of a batch (docs/scale.md)",
        )
    each = max(1, (threads or usable_cores()) // sharing)
    limit_threads(threads if sharing == 1 else each)
    compute = Compute(
        device=chosen,
        threads=each,
        deterministic=deterministic,
        ranks=open_ranks(),
        sync_batchnorm=sync_batchnorm,
    )
    _apply(compute.threads, deterministic=compute.deterministic)
    return compute


def find_device(name: DeviceName) -> torch.device:
    """The device of that name; ``auto`` takes CUDA, then Apple's MPS, then the CPU.

    Raises:
        UsageError: it is not available.
    """
    if not isinstance(name, str) or name not in get_args(DeviceName):
        raise UsageError(f"`device` is one of {', '.join(get_args(DeviceName))}, got {shown(name)}")
    present = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        name = "cuda" if present["cuda"] else "mps" if present["mps"] else "cpu"
    if not present[name]:
        raise UsageError(
            f"`device` {name} is not available",
            f"use `device` {'|'.join(n for n, there in present.items() if there)} (docs/install.md#a-gpu)",
        )
    if name == "cuda" and local_place()[1] > 1:
        chosen = torch.device(name, device_index(torch.cuda.device_count()))
        torch.cuda.set_device(chosen)
        return chosen
    return torch.device(name)


def as_set(device: torch.device) -> Compute:
    """A device with the threads and the determinism that are in force in this process."""
    threads, deterministic = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    return Compute(device=device, threads=threads, deterministic=deterministic)


@contextmanager
def in_force(compute: Compute) -> Iterator[None]:
    """Compute with the threads of ``compute``, and as deterministically; afterwards as before.

    Sums are split among threads, and are rounded accordingly: whatever trains puts its own number in force.
    """
    threads, deterministic = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    _apply(compute.threads, deterministic=compute.deterministic)
    try:
        yield
    finally:
        _apply(threads, deterministic=deterministic)


def _apply(threads: int, *, deterministic: bool) -> None:
    torch.set_num_threads(threads)
    if deterministic and "CUBLAS_WORKSPACE_CONFIG" not in os.environ:
        os.environ.update(DETERMINISTIC_WORKSPACES)  # cuBLAS reads them when it is first used; later they do nothing
    if deterministic != torch.are_deterministic_algorithms_enabled():
        torch.use_deterministic_algorithms(deterministic)  # imports torch's compiler: seconds, even to say no
    torch.backends.cudnn.benchmark = not deterministic
    # float32 means float32: by default cuDNN rounds what it multiplies to TF32's 10 bits. Where speed counts more,
    # there is bfloat16. The first line keeps PyTorch's older flag in step, reading which would otherwise be an error.
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.conv.fp32_precision = "ieee"  # type: ignore[attr-defined]
    torch.backends.cudnn.rnn.fp32_precision = "ieee"  # type: ignore[attr-defined]


def choose_precision(name: PrecisionName, device: torch.device) -> torch.dtype:
    """The type that convolutions and matrix products compute in; weights, sums and losses stay float32.

    ``auto`` is bfloat16 where the hardware multiplies it, which is two to six times faster there, and
    float32 elsewhere, where bfloat16 would only be emulated.
    """
    if name != "auto":
        return torch.float32 if name == "float32" else torch.bfloat16
    if device.type == "cuda":
        fast = torch.cuda.is_bf16_supported(including_emulation=False)
    elif device.type == "cpu" and hasattr(torch.cpu, "get_capabilities"):  # since torch 2.12
        has = torch.cpu.get_capabilities()
        fast = any(has.get(name, False) for name in ("avx512_bf16", "amx_bf16"))
    else:
        fast = False
    return torch.bfloat16 if fast else torch.float32


def environment(compute: Compute) -> dict[str, Any]:
    """What a run's ``environment.json`` says: versions, processor or GPU, threads, command line, today's date."""
    return {
        "versions": _versions(),
        "system": platform.platform(),
        "processor": _processor(),
        "device": str(compute.device),
        "device_name": compute.name,
        "threads": compute.threads * compute.ranks.local_size,
        "deterministic": compute.deterministic,
        "sync_batchnorm": compute.sync_batchnorm,
        "command_line": sys.argv,
        "date": date.today().isoformat(),
        "ranks": compute.ranks.size,
        "launch": launch_name(),
    }


PACKAGES = ("torch", "torchvision", "numpy", "safetensors", "pillow", "fonttools", "wordfreq")
"""Those that decide what is computed, and (the last three) which words are rendered and how."""


def _versions() -> dict[str, str]:
    """Of dlhw, Python, :data:`PACKAGES`, and the FreeType within Pillow, which draws letters."""
    versions = {"dlhw": __version__, "python": platform.python_version()} | {name: version(name) for name in PACKAGES}
    freetype = features.version("freetype2")  # None in a Pillow that was built without it
    return versions if freetype is None else versions | {"freetype": freetype}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
