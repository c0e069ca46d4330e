"""Derivatives by autograd, of functions of many states at once.

``torch.func`` would read better, but the first use of ``vmap`` imports nine hundred modules, which costs more than
importing torch. The states do not depend on each other, so that the derivative of a sum over them is the
derivative of each, and a Jacobian takes one backward pass a row for all states together.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

Function = Callable[[Tensor], Tensor]


def gradients(function: Function, q: Tensor) -> Tensor:
    """∇g at K states, (K, D), of a function from (K, D) to (K,)."""
    return _gradient(function(leaf := _leaf(q)), leaf).detach()


def jacobians(function: Function, q: Tensor) -> Tensor:
    """The Jacobians at K states, (K, R, D), of a function from (K, D) to (K, R)."""
    return _rows(function(leaf := _leaf(q)), leaf)


def hessians(function: Function, q: Tensor) -> Tensor:
    """The Hessians at K states, (K, D, D), of a function from (K, D) to (K,)."""
    leaf = _leaf(q)
    return _rows(_gradient(function(leaf), leaf, twice=True), leaf)


def _leaf(q: Tensor) -> Tensor:
    return q.detach().clone().requires_grad_()


def _gradient(values: Tensor, q: Tensor, *, twice: bool = False) -> Tensor:
    return torch.autograd.grad(values.sum(), q, create_graph=twice)[0]


def _rows(values: Tensor, q: Tensor) -> Tensor:
    rows = [torch.autograd.grad(column.sum(), q, retain_graph=True)[0] for column in values.unbind(dim=-1)]
    return torch.stack(rows, dim=1)
