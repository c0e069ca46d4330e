"""What a report of a fault needs to say: versions, machine, threads, fonts, cache, state of the packaged weights."""

from __future__ import annotations

import os
import sys
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path
from re import match
from typing import Any

import platformdirs
import torch

from dlhw.cnn import pretrained as networks
from dlhw.cores import pool_threads, usable_cores
from dlhw.errors import CheckpointError
from dlhw.learning.device import choose_precision, configure, environment
from dlhw.ocr import pretrained as recognisers
from dlhw.ocr.rendering.font_files import system_files

VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "CUDA_VISIBLE_DEVICES", "MPLBACKEND", "PYTHONIOENCODING")
"""Variables of the environment that have explained faults."""


def installation() -> dict[str, Any]:
    """What is installed, and on what machine; paths within the home directory begin with ``~``.

    Returns:
        ``versions`` (dlhw, Python and every package that dlhw requires), ``extras`` (packages of extras: the version,
        or ``None`` where it is not installed), ``system``, ``processor``, ``device``,
        ``device_name``, ``precision`` (what ``auto`` means here), ``cores`` (that this process may use), ``threads``
        (PyTorch's), ``pool_threads`` (for images), ``variables``, ``terminal`` (the encodings of both streams),
        ``fonts`` (font files of the system), ``cache`` (``path``, ``bytes``), ``weights`` (``whole`` or what is wrong).
    """
    compute = configure()
    here = environment(compute)
    lines = distribution("dlhw").requires or []
    required = sorted({_package(line) for line in lines if "extra ==" not in line})
    extras = sorted({_package(line) for line in lines if "extra ==" in line})
    cache = Path(platformdirs.user_cache_dir("dlhw"))
    return {
        "versions": here["versions"] | {name: version(name) for name in required},
        "extras": {name: _installed(name) for name in extras},
        **{key: here[key] for key in ("system", "processor", "device", "device_name")},
        "precision": str(choose_precision("auto", compute.device)).removeprefix("torch."),
        "cores": usable_cores(),
        "threads": torch.get_num_threads(),
        "pool_threads": pool_threads(),
        "variables": {name: os.environ[name] for name in VARIABLES if name in os.environ},
        "terminal": {"stdout": sys.stdout.encoding, "stderr": sys.stderr.encoding},
        "fonts": len(system_files()),
        "cache": {"path": _shown(cache), "bytes": _size(cache)},
        "weights": {name: _state(name) for name in (*recognisers.NAMES, *networks.NAMES)},
    }


def _package(requirement: str) -> str:
    found = match(r"[\w.-]+", requirement)
    assert found is not None
    return found[0].rstrip(".")


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _state(name: str) -> str:
    try:
        (recognisers if name in recognisers.NAMES else networks).pretrained(name)
    except CheckpointError as error:
        return error.message
    return "whole"


def _shown(path: Path) -> str:
    """The path with ``~`` for the home directory: a report of a fault need not tell a person's name."""
    return f"~/{path.relative_to(Path.home())}" if path.is_relative_to(Path.home()) else str(path)


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
