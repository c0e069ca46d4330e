"""A line on the terminal while PyTorch is imported, which takes seconds."""

from __future__ import annotations

import contextlib
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

LINE = "loading PyTorch …"
ERASE = "\r\x1b[K"


@contextmanager
def loading_shown() -> Iterator[None]:
    """Within this context, a terminal's stderr shows a line for as long as ``torch`` is being imported."""
    if not sys.stderr.isatty():
        yield
        return
    watcher = _ImportWatcher()
    sys.meta_path.insert(0, watcher)
    try:
        yield
    finally:
        watcher.leave()


class _ImportWatcher(MetaPathFinder):
    """Leaves every import to the finders after it, and wraps the loader of torch."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != "torch":
            return None
        self.leave()
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            spec.loader = _ShownLoader(spec.loader)
        return spec

    def leave(self) -> None:
        with contextlib.suppress(ValueError):
            sys.meta_path.remove(self)


class _ShownLoader(Loader):
    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        sys.stderr.write(f"\x1b[2m{LINE}\x1b[0m")
        sys.stderr.flush()
        try:
            self._loader.exec_module(module)
        finally:
            sys.stderr.write(ERASE)
            sys.stderr.flush()

    def __getattr__(self, name: str) -> object:
        return getattr(self._loader, name)  # get_data and others, for inspect and importlib.resources
