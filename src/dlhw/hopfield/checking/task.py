"""What the process of a person's file does for ``--check``: call its functions at every state, and answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlhw.foreign.runner import Channel
from dlhw.hopfield.checking import calling

LAYOUTS = ("rows", "columns")
"""How the patterns lie in X. Columns are a mistake; a function that has made it everywhere still runs with them."""


def evaluate(module: ModuleType, request: dict[str, Any], channel: Channel) -> None:
    """Answer ``loaded``, then ``missing`` or ``done`` for each of ``functions``.

    Args:
        module: the file, executed.
        request: ``functions``: ``name``, ``names`` it may have, ``shape``, ``batch_only``, ``helper`` and ``memories``
            to call it on, each.
        channel: to answer through.
    """
    channel.answer("loaded", functions=_callables(module), beta=calling.fixed_beta(module))
    for wanted in request["functions"]:
        name = next((name for name in wanted["names"] if _is_there(module, name, helper=wanted["helper"])), None)
        if name is None:
            channel.answer("missing", name=wanted["name"])
            continue
        channel.step(wanted["name"])
        try:
            found = _evaluate(module, name, wanted, channel)
        except BaseException as error:
            found = {"error": _fault(error, channel)}
        channel.answer("done", name=wanted["name"], **found)


def _is_there(module: ModuleType, name: str, *, helper: bool) -> bool:
    """Whether a file has a function; one that may be a helper of another, as ``lse(beta, z)``, has to take q and X."""
    function = getattr(module, name, None)
    if not callable(function):
        return False
    try:
        calling.read_signature(function)
    except calling.CannotCall:
        return not helper
    return True


def _callables(module: ModuleType) -> list[str]:
    own = (name for name, value in vars(module).items() if callable(value) and not name.startswith("_"))
    return [name for name in own if getattr(getattr(module, name), "__module__", None) == module.__name__]


def _evaluate(module: ModuleType, name: str, wanted: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """Call a function at every state: one query at a time, several at once, or both, as it takes them."""
    function = getattr(module, name)
    try:
        signature = calling.read_signature(function)
    except calling.CannotCall as error:
        return {"error": {"message": str(error), "traceback": None, "shape": None}}
    errors: list[dict[str, Any]] = []
    for layout in LAYOUTS:
        found = _answers(module, function, signature, layout, wanted, channel, errors)
        if found is not None:
            break
    else:
        shaped = [error for error in errors if error["shape"] is not None]
        found = {"error": (shaped or errors)[0]}
    if signature.guessed and found.get("layout") != "rows":
        with suppress(Exception):  # in this order it is not to be called either
            turned = _answers(module, function, signature.turned(), "rows", wanted, channel, [])
            found |= {"turned": turned, "takes_beta": signature.takes_beta}
    return found


def _answers(
    module: ModuleType,
    function: Callable[..., Any],
    signature: calling.Signature,
    layout: str,
    wanted: dict[str, Any],
    channel: Channel,
    errors: list[dict[str, Any]],
) -> dict[str, Any] | None:
    """What a function answers with its arguments in one order and the patterns in one layout; ``None`` if it fails.

    What it raises with the patterns as rows is added to ``errors``: what a mistaken layout does wrong says nothing.
    """
    probe = wanted["memories"][0]
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
                if layout == "rows":
                    errors.append(_fault(error, channel))
        if modes:
            return {
                "library": library,
                "layout": layout,
                "takes_beta": signature.takes_beta,
                "answers": [list(_at(ask, memory, modes)) for memory in wanted["memories"]],
            }
    return None


def _at(ask: Callable[..., Any], memory: dict[str, Any], modes: list[bool]) -> Iterator[dict[str, Any]]:
    """The answers on one memory: of each query alone, and of a batch of them."""
    for batched in modes:
        for index in range(1 if batched else len(memory["q"])):
            array = ask(memory, batched, index)
            yield {"batched": batched, "state": index, "values": array.tolist(), "dtype": str(array.dtype)}


class _WrongShape(Exception):
    def __init__(self, expected: tuple[int, ...], got: tuple[int, ...], batched: bool) -> None:
        given = "several queries" if batched else "one query"
        super().__init__(f"for {given} the shape {expected} is expected, got {got}")
        self.got = list(got)


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


def _fault(error: BaseException, channel: Channel) -> dict[str, Any]:
    """The error in one line, and the traceback from the person's file on: what led there is ours."""
    if isinstance(error, (calling.CannotCall, _WrongShape)):
        return {"message": str(error), "traceback": None, "shape": getattr(error, "got", None)}
    return channel.describe(error) | {"shape": None}
