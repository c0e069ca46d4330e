"""A person's file as a module."""

from __future__ import annotations

import importlib.util
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType


def load_file(path: Path) -> ModuleType:
    """Execute a file as Python would: files beside it can be imported by it. It replaces no module of its own name.

    Raises:
        Exception: whatever the file raises.
    """
    folder = str(path.parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    name = f"foreign_{path.stem}"
    loader = SourceFileLoader(name, str(path))
    specification = importlib.util.spec_from_loader(name, loader)
    assert specification is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module  # dataclasses and pickles look it up
    loader.exec_module(module)
    return module
