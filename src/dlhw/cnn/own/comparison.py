"""Where somebody's network differs from the homework's: layers set side by side, and each difference named.

Both are lists of layers with parameters, in order, aligned by :mod:`dlhw.cnn.own.alignment`. Every parameter stands in
one of the pairs, so that the differences of the layers add up to that of the networks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from torch import nn

from dlhw.cnn.architecture import NETWORK_NAMES
from dlhw.cnn.network import LandscapeNetwork
from dlhw.cnn.own.alignment import Kind, Part, align

LIKE_ENOUGH = 0.5
"""Networks are compared layer by layer where at most this share of their layers was changed, added or left out."""

_KINDS: dict[Kind, str] = {
    "convolution": "a convolution",
    "linear": "a fully connected layer",
    "normalization": "a normalization",
    "other": "a layer",
}


@dataclass(frozen=True, kw_only=True)
class Located:
    """A layer, its counterpart in the homework's network, and what tells them apart."""

    layer: str | None
    """``None`` for a layer of the homework's that it lacks."""

    counterpart: str | None
    """``None`` for a layer that the homework's network lacks."""

    parameters: int
    counterpart_parameters: int
    reason: str
    """Empty where they are the same."""

    @property
    def difference(self) -> int:
        return self.parameters - self.counterpart_parameters


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Somebody's network beside one of the homework's."""

    network: str
    """The homework's: ``flatten`` or ``gap``."""

    parameters: int
    """Of somebody's."""

    network_parameters: int
    layers: tuple[Located, ...]
    alike: bool
    """Whether so much is the same that single layers can be compared."""

    @property
    def difference(self) -> int:
        return self.parameters - self.network_parameters

    def sentence(self) -> str:
        """The difference, and where it lies."""
        ours = f"{self.network_parameters:,} of the homework's network {self.network}"
        differing = [one.reason for one in self.layers if one.reason]
        if not self.difference and not differing:
            return f"{self.parameters:,}, exactly the {ours}"
        gap = abs(self.difference)
        amount = f"{gap:,} {'more' if self.difference > 0 else 'fewer'} than" if gap else "exactly"
        where = "; ".join(differing) if self.alike else "it is another network, in most of its layers"
        return f"{self.parameters:,}, {amount} the {ours}: {where}"

    def as_document(self) -> dict[str, Any]:
        """``compared`` in the document of ``dlhw cnn params``."""
        return {
            "network": self.network,
            "parameters": self.network_parameters,
            "difference": self.difference,
            "alike": self.alike,
            "layers": [{**asdict(one), "difference": one.difference} for one in self.layers],
            "sentence": self.sentence(),
        }


def parts_of(rows: Sequence[Mapping[str, Any]]) -> list[Part]:
    """The layers of a count that have parameters; with those that are frozen, nothing can be compared."""
    return [
        Part(name=row["name"], tensors={name: tuple(shape) for name, shape in row["tensors"].items()})
        for row in rows
        if row["tensors"]
    ]


def compare(theirs: Sequence[Part], networks: Mapping[str, Sequence[Part]]) -> Comparison:
    """Compare a network with the one of the homework's that it is most like.

    Args:
        theirs: its layers with parameters, in the order in which they are called.
        networks: the same of the homework's, by name.
    """
    total = sum(part.parameters for part in theirs)
    aligned = {name: align(theirs, ours) for name, ours in networks.items()}

    def unlike(name: str) -> tuple[float, int]:
        return aligned[name][0], abs(total - sum(part.parameters for part in networks[name]))

    name = min(aligned, key=unlike)
    layers = tuple(_locate(one, other, name, theirs) for one, other in aligned[name][1])
    return Comparison(
        network=name,
        parameters=total,
        network_parameters=sum(part.parameters for part in networks[name]),
        layers=layers,
        alike=sum(one.reason != "" for one in layers) <= LIKE_ENOUGH * (len(theirs) + len(networks[name])) / 2 + 1,
    )


def _locate(one: Part | None, other: Part | None, network: str, theirs: Sequence[Part]) -> Located:
    reason = ""
    if other is None and one is not None and one.kind == "other":
        reason = _besides(one, theirs)
    elif other is None and one is not None:
        reason = f"{one.name} is {_KINDS[one.kind]} that {network} does not have ({one.parameters:,})"
    elif one is None and other is not None:
        reason = f"{other.name} of {network} is missing ({other.parameters:,})"
    elif one is not None and other is not None and one.tensors != other.tensors:
        reason = f"layer {one.name} {' and '.join(_changes(one, other)) or 'is another'}"
    return Located(
        layer=one.name if one else None,
        counterpart=other.name if other else None,
        parameters=one.parameters if one else 0,
        counterpart_parameters=other.parameters if other else 0,
        reason=reason,
    )


def _besides(one: Part, theirs: Sequence[Part]) -> str:
    """What to say of parameters that belong to no layer of a known kind."""
    who = "the network itself" if one.name == "(itself)" else one.name
    named = " and ".join(f"“{name}”" for name in one.tensors)
    shapes = list(one.tensors.values())
    alike = [part.name for part in theirs if part is not one and part.tensors.get("bias") == shapes[0]]
    twice = f", as long as the bias of {alike[0]}" if len(shapes) == len(alike) == 1 else ""
    return f"{who} has {named} besides ({one.parameters:,}){twice}"


def _changes(one: Part, other: Part) -> list[str]:
    """What is different about a layer, in words that follow its name."""
    changes = []
    weight, expected = one.tensors.get("weight", ()), other.tensors.get("weight", ())
    if weight != expected and len(weight) == len(expected) >= 2:
        what = "maps" if one.kind == "convolution" else "numbers"
        # A convolution in groups takes as many maps as before: each of its filters is over a part of them.
        takes = "has filters over" if one.kind == "convolution" else "takes"
        if weight[1] != expected[1]:
            changes.append(f"{takes} {weight[1]:,} {what}, not {expected[1]:,}")
        if weight[0] != expected[0]:
            changes.append(f"gives {weight[0]:,} {what}, not {expected[0]:,}")
        if weight[2:] != expected[2:]:
            changes.append(f"has a kernel of {_sides(weight[2:])}, not {_sides(expected[2:])}")
    elif weight != expected:
        changes.append(f"has a weight of {_sides(weight)}, not {_sides(expected)}")
    if "bias" in other.tensors and "bias" not in one.tensors:
        changes.append("has no bias")
    if "bias" in one.tensors and "bias" not in other.tensors:
        changes.append("has a bias")
    for name, shape in one.tensors.items():
        if name not in {"weight", "bias"} and name not in other.tensors:
            twice = shape == one.tensors.get("bias")
            changes.append(f"has its bias twice (“{name}”)" if twice else f"has “{name}” besides, of {_sides(shape)}")
    return changes


def _sides(shape: Sequence[int]) -> str:
    return "×".join(map(str, shape)) or "no numbers"


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
    return module_parts(LandscapeNetwork(name))  # type: ignore[arg-type]


def module_parts(network: nn.Module) -> list[Part]:
    """The layers of a network that have parameters of their own, in the order in which it names them."""
    found = []
    for path, module in network.named_modules():
        tensors = {own: tuple(value.shape) for own, value in module.named_parameters(recurse=False)}
        if tensors:
            found.append(Part(name=path, tensors=tensors))
    return found
