"""A person's file as a module, and errors within it distinguished from errors of dlhw."""

from __future__ import annotations

import importlib.util
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType, TracebackType

from dlhw.errors import DlhwError, TheirFault


def load_file(path: Path, *, folder: Path | None = None) -> ModuleType:
    """Execute a file as Python would: files beside it can be imported by it. It replaces no module of its own name.

    Args:
        path: the file.
        folder: where the files beside it lie, if not there.

    Raises:
        Exception: whatever the file raises.
    """
    beside = str(folder or path.parent)
    if beside not in sys.path:
        sys.path.insert(0, beside)
    name = f"foreign_{path.stem}"
    loader = SourceFileLoader(name, str(path))
    specification = importlib.util.spec_from_loader(name, loader)
    assert specification is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module  # dataclasses and pickles look it up
    loader.exec_module(module)
    return module


def describe_error(error: BaseException, path: Path) -> tuple[str, str]:
    """An error of a person's code: a message, and the traceback from their file on; the frames before it are ours.

    Frames within PyTorch are left out: a layer's call has several, and none says what is wrong in the file.
    """
    message = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    shown = traceback.TracebackException(type(error), error, _frames(error, path))
    _leave_out_pytorch(shown)
    return message, "".join(shown.format())


def _leave_out_pytorch(shown: traceback.TracebackException | None) -> None:
    """Take PyTorch's frames out of a traceback, and of those that it was raised from."""
    torch = sys.modules.get("torch")
    if shown is not None and torch is not None:
        folder = Path(str(torch.__file__)).parent
        theirs = [frame for frame in shown.stack if not Path(frame.filename).is_relative_to(folder)]
        shown.stack = traceback.StackSummary.from_list(theirs)
        _leave_out_pytorch(shown.__cause__)
        _leave_out_pytorch(shown.__context__)


@contextmanager
def their_code(path: Path, *, doing: str, hint: str, loading: bool = False) -> Iterator[None]:
    """What is done with a person's code in this process: its errors are theirs, and what it prints goes to stderr.

    Args:
        path: their file.
        doing: for the message, as "loading" or "training Network".
        hint: which file is expected, and how it is called.
        loading: whether an error without a frame of the file is theirs too, as one of syntax is.

    Raises:
        TheirFault: an error passed through the file.
    """
    with redirect_stdout(sys.stderr):
        try:
            yield
        except (DlhwError, KeyboardInterrupt):
            raise
        except BaseException as error:  # SystemExit too
            if _frames(error, path) is None and not loading:
                raise
            message, shown = describe_error(error, path)
            raise TheirFault(f"{path.name}: {doing}: {message}", hint, file=path.name, traceback=shown) from error


def _frames(error: BaseException, path: Path) -> TracebackType | None:
    frames = error.__traceback__
    while frames is not None and Path(frames.tb_frame.f_code.co_filename) != path:
        frames = frames.tb_next
    return frames
