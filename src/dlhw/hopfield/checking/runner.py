"""The process in which a person's file is executed: it reads a request, and writes an answer a line.

It has a session of its own, so that all that it starts can be ended with it; its standard streams lead nowhere, so
that a file may print and ask as it likes; memory and processor time are limited. It is started by ``process.py`` as
``python -m dlhw.hopfield.checking.runner REQUEST_FD ANSWER_FD``.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlhw.hopfield.checking import calling

LAYOUTS = ("rows", "columns")
"""How the patterns lie in X. Columns are a mistake; a function that has made it everywhere still runs with them."""


def main(request_fd: int, answer_fd: int) -> None:
    """Load the file, call its functions, answer. Ends the process."""
    own = os.getpid()
    with os.fdopen(request_fd, "r", encoding="utf-8") as file:
        request = json.load(file)
    threading.Thread(target=_leave_with_parent, args=(os.getppid(),), daemon=True).start()

    def answer(kind: str, **values: Any) -> None:
        if os.getpid() != own:
            os._exit(0)  # the file forked, and this is the other one
        line = (json.dumps({"kind": kind} | values) + "\n").encode()
        while line:
            line = line[os.write(answer_fd, line) :]

    _limit_memory(request["memory"])
    path = Path(request["path"])
    answer("ready")
    _limit_time(request["seconds"])
    try:
        module = _load(path)
    except BaseException as error:
        answer("fault", **_fault(error, path))
        os._exit(0)
    answer("loaded", functions=_callables(module), beta=calling.fixed_beta(module))
    for wanted in request["functions"]:
        name = next((name for name in wanted["names"] if callable(getattr(module, name, None))), None)
        if name is None:
            answer("missing", name=wanted["name"])
            continue
        answer("begun", name=wanted["name"])
        _limit_time(request["seconds"])
        try:
            found = _evaluate(module, name, wanted, path)
        except BaseException as error:
            found = {"error": _fault(error, path)}
        answer("done", name=wanted["name"], **found)
    answer("end")
    os._exit(0)  # threads and exit handlers of the file have nothing to say any more


def _load(path: Path) -> ModuleType:
    sys.path.insert(0, str(path.parent))
    name = f"checked_{path.stem}"  # not the name of a module that is there
    loader = importlib.machinery.SourceFileLoader(name, str(path))
    specification = importlib.util.spec_from_loader(name, loader)
    assert specification is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module
    loader.exec_module(module)
    return module


def _callables(module: ModuleType) -> list[str]:
    own = (name for name, value in vars(module).items() if callable(value) and not name.startswith("_"))
    return [name for name in own if getattr(getattr(module, name), "__module__", None) == module.__name__]


def _evaluate(module: ModuleType, name: str, wanted: dict[str, Any], path: Path) -> dict[str, Any]:
    """Call a function at every state: one query at a time, several at once, or both, as it takes them."""
    function = getattr(module, name)
    try:
        signature = calling.read_signature(function)
    except calling.CannotCall as error:
        return {"error": {"message": str(error), "traceback": None, "shape": None}}
    probe = wanted["memories"][0]
    errors: list[dict[str, Any]] = []
    for layout in LAYOUTS:
        for library in calling.libraries(module):
            ask = partial(_one, function, signature, library, layout, wanted)
            modes = []
            for batched in (True,) if wanted["batch_only"] else (False, True):
                try:
                    ask(probe, batched, 0)
                    modes.append(batched)
                except BaseException as error:
                    if isinstance(error, (SystemExit, KeyboardInterrupt)):
                        raise
                    if layout == "rows":  # what a mistaken layout does wrong says nothing
                        errors.append(_fault(error, path))
            if modes:
                return {
                    "called": name,
                    "library": library,
                    "layout": layout,
                    "takes_beta": signature.takes_beta,
                    "answers": [list(_at(ask, memory, modes)) for memory in wanted["memories"]],
                }
    shaped = [error for error in errors if error["shape"] is not None]
    return {"error": (shaped or errors)[0]}


def _at(ask: Callable[..., Any], memory: dict[str, Any], modes: list[bool]) -> Iterator[dict[str, Any]]:
    """The answers on one memory: of each query alone, and of a batch of them."""
    for batched in modes:
        for index in range(1 if batched else len(memory["q"])):
            array = ask(memory, batched, index)
            yield {"batched": batched, "state": index, "values": array.tolist(), "dtype": str(array.dtype)}


class _WrongShape(Exception):
    def __init__(self, expected: tuple[int, ...], came: tuple[int, ...], batched: bool) -> None:
        given = "several queries" if batched else "one query"
        super().__init__(f"for {given} the shape {expected} is expected, and {came} came")
        self.came = list(came)


def _one(
    function: Callable[..., Any],
    signature: calling.Signature,
    library: calling.Library,
    layout: str,
    wanted: dict[str, Any],
    memory: dict[str, Any],
    batched: bool,
    index: int,
) -> NDArray[Any]:
    X = np.array(memory["X"], dtype=np.float64)
    q = np.array(memory["q"][: memory["batch"]] if batched else memory["q"][index], dtype=np.float64)
    sizes = {"N": X.shape[0], "D": X.shape[1]}
    expected = tuple(sizes[axis] for axis in wanted["shape"])
    if batched:
        expected = (len(q), *expected)
    given = X if layout == "rows" else np.ascontiguousarray(X.T)
    array = calling.call(function, signature, library, q, given, memory["beta"])
    # A column or a batch of one is a matter of taste; numbers in another order are not.
    if tuple(n for n in array.shape if n != 1) != tuple(n for n in expected if n != 1):
        raise _WrongShape(expected, array.shape, batched)
    return array.reshape(expected)


def _fault(error: BaseException, path: Path) -> dict[str, Any]:
    """The error in one line, and the traceback from the person's file on: what led there is ours."""
    if isinstance(error, (calling.CannotCall, _WrongShape)):
        return {"message": str(error), "traceback": None, "shape": getattr(error, "came", None)}
    frames = error.__traceback__
    while frames is not None and Path(frames.tb_frame.f_code.co_filename) != path:
        frames = frames.tb_next
    lines = traceback.format_exception(type(error), error, frames)
    message = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return {"message": message, "traceback": "".join(lines), "shape": None}


def _limit_memory(size: int) -> None:
    """Let this process have so many bytes that are its own, where the system counts them. Libraries are none."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (size, size))
    except (ImportError, OSError, ValueError):
        return


def _limit_time(seconds: float) -> None:
    """End this process when it has computed so much longer. Waiting is measured by the process that waits for it."""
    try:
        import resource

        limit = int(time.process_time() + seconds) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    except (ImportError, OSError, ValueError):
        return


def _leave_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
