"""How a person's function likes to be called: arrays of which library, one query or several, β given or fixed.

Runs in the process of the person's file, and imports of this package nothing else.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Library = Literal["torch", "numpy"]

QUERIES = {"q", "query", "queries", "state", "states", "xi", "ξ", "x_query"}
PATTERNS = {"patterns", "memory", "memories", "stored", "k", "keys", "key", "x", "data"}
VALUES = {"v", "values", "value"}
BETAS = {"beta", "β", "b", "inverse_temperature", "scale"}


class CannotCall(Exception):
    """The function takes other arguments than q, X and β."""


@dataclass(frozen=True)
class Signature:
    """Which parameter is which, in order.

    Args:
        roles: ``q``, ``X`` or ``beta`` for each parameter that is passed.
        keywords: those that can only be passed by name.
        guessed: q and X are told by their places, since their names say nothing.
    """

    roles: tuple[str, ...]
    keywords: Mapping[str, str]
    guessed: bool = False

    def turned(self) -> Signature:
        """The same with X in q's place, and q in X's."""
        other = {"q": "X", "X": "q"}
        return replace(self, roles=tuple(other.get(role, role) for role in self.roles))

    @property
    def takes_beta(self) -> bool:
        return "beta" in self.roles or "beta" in self.keywords.values()


BY_PLACE = Signature(("q", "X", "beta"), {})
"""How a function is called whose parameters are not known."""


def read_signature(function: Callable[..., Any]) -> Signature:
    """Which parameter of a function is the query, the patterns and β: by name where all are known, else by place.

    Raises:
        CannotCall: it takes one argument alone, or more than can be given.
    """
    called = getattr(function, "forward", function)  # a module of PyTorch takes what its forward takes
    try:
        parameters = list(inspect.signature(called).parameters.values())
    except (TypeError, ValueError):
        return BY_PLACE
    variadic = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}
    keyword_only = inspect.Parameter.KEYWORD_ONLY
    plain = [one for one in parameters if one.kind not in variadic]
    if not plain and any(one.kind is inspect.Parameter.VAR_POSITIONAL for one in parameters):
        return BY_PLACE  # a decorator that passes everything on
    roles = _one_beta([(one, _role(one.name)) for one in plain])
    required = [(one, role) for one, role in roles if one.default is inspect.Parameter.empty or role is not None]
    known = [role for _, role in required]
    told = "X" in known and "q" in known and None not in known
    if told:
        passed = required
    else:
        by_place = ("q", "X", "beta")
        positional = [one for one in plain if one.kind is not keyword_only]
        needed = [one for one in positional if one.default is inspect.Parameter.empty]
        scalar = len(needed) == 2 and "beta" in [_role(one.name) for one in needed]  # as lse(beta, z)
        if len(needed) > 3 or len(positional) < 2 or scalar:
            names = ", ".join(one.name for one in plain)
            raise CannotCall(f"it takes ({names}), and is called as (q, X, beta) or (q, X)")
        by_name = [(one, role) for one, role in required if one.kind is keyword_only and role == "beta"]
        passed = [*zip(positional[: 2 if by_name else 3], by_place, strict=False), *by_name]
    return Signature(
        tuple(role or "" for one, role in passed if one.kind is not keyword_only),
        {one.name: role or "" for one, role in passed if one.kind is keyword_only},
        guessed=not told,
    )


def _one_beta(roles: list[tuple[inspect.Parameter, str | None]]) -> list[tuple[inspect.Parameter, str | None]]:
    """Of several names that may be β's, as ``beta`` and ``scale``, the surest alone is."""
    betas = [one.name for one, role in roles if role == "beta"]
    surest = next((name for name in betas if name.lower() != "scale"), betas[0] if betas else "")
    return [(one, None if role == "beta" and one.name != surest else role) for one, role in roles]


def _role(name: str) -> str | None:
    lower = name.lower()
    if lower in QUERIES:
        return "q"
    if lower in PATTERNS or lower in VALUES:
        return "X"
    return "beta" if lower in BETAS else None


def fixed_beta(module: ModuleType) -> float | None:
    """The number that a file calls ``beta`` or ``BETA`` at its top; ``None`` where there is none."""
    for name in ("beta", "BETA", "Beta", "β"):
        value = getattr(module, name, None)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return float(value)
    return None


def libraries(module: ModuleType) -> tuple[Library, Library]:
    """Both, PyTorch first where the file uses it; it is loaded only where it is needed, since that takes seconds."""
    if "torch" not in sys.modules:
        return "numpy", "torch"
    names = {
        str(getattr(value, "__name__" if isinstance(value, ModuleType) else "__module__", "")).split(".")[0]
        for value in vars(module).values()
    }
    return ("torch", "numpy") if "torch" in names else ("numpy", "torch")


def call(
    function: Callable[..., Any], signature: Signature, library: Library, q: Array, X: Array, beta: float
) -> NDArray[Any]:
    """Call a function with fresh arrays: it may write into what it is given.

    Returns:
        What it returned, as an array.

    Raises:
        CannotCall: that is no array of real numbers.
        Exception: whatever the function raises.
    """
    make = _tensor if library == "torch" else np.array
    values = {"q": q, "X": X}
    given = {role: beta if role == "beta" else None for role in (*signature.roles, *signature.keywords.values())}
    arguments = [given[role] if role == "beta" else make(values[role]) for role in signature.roles]
    named = {name: given[role] if role == "beta" else make(values[role]) for name, role in signature.keywords.items()}
    returned = function(*arguments, **named)
    if returned is None:
        raise CannotCall("it returned None: is a return missing?")
    try:
        array = np.asarray(_detached(returned))
    except (TypeError, ValueError, RuntimeError):
        array = np.empty(0, dtype=object)
    if array.dtype.kind not in "fiu":
        raise CannotCall(f"it returned {type(returned).__name__}, not numbers")
    return array


def _tensor(array: Array) -> Any:
    import torch

    torch.set_num_threads(1)
    return torch.tensor(array)


def _detached(returned: Any) -> Any:
    """Tensors as arrays, also within a list."""
    if isinstance(returned, (list, tuple)):
        return [_detached(one) for one in returned]
    if hasattr(returned, "detach"):
        returned = returned.detach().cpu()
        return (returned.float() if str(returned.dtype) == "torch.bfloat16" else returned).numpy()
    return returned
