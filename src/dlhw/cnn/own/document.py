"""Somebody's network as an entry of ``networks`` in the document of ``dlhw cnn params``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dlhw.cnn.architecture import NETWORK_NAMES
from dlhw.cnn.network import LandscapeNetwork
from dlhw.cnn.own.comparison import Part, compare, parts_of


def describe(name: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Totals, layers, and the comparison with the homework's networks.

    Args:
        name: of the network.
        rows: its layers, as counted.
    """
    known = all(row["macs"] is not None for row in rows)
    macs = sum(row["macs"] for row in rows) if known else None
    return {
        "name": name,
        "parameters": sum(row["parameters"] for row in rows),
        "frozen": sum(row["frozen"] for row in rows),
        "macs": macs,
        "flops": None if macs is None else 2 * macs,
        "layers": [
            {key: row[key] for key in ("name", "kind", "shape", "parameters", "frozen", "macs", "receptive_field")}
            | {"used": None if row["calls"] is None else row["calls"] > 0 or bool(row["macs"])}
            for row in rows
        ],
        "compared": compare(
            parts_of(rows), {network: homework_parts(network) for network in NETWORK_NAMES}
        ).as_document(),
    }


def homework_parts(name: str) -> list[Part]:
    """The layers with parameters of one of the homework's networks."""
    network = LandscapeNetwork(name)  # type: ignore[arg-type]
    found = []
    for path, module in network.named_modules():
        tensors = {own: tuple(value.shape) for own, value in module.named_parameters(recurse=False)}
        if tensors:
            found.append(Part(name=path, tensors=tensors))
    return found
