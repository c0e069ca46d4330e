"""How a recogniser reads where nothing else is asked for, as its checkpoint's header says it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from dlhw.errors import CheckpointError
from dlhw.ocr.second_look.weighing import Calibration


@dataclass(frozen=True, kw_only=True)
class Calibrations:
    """How scores become probabilities, by what they are made of. The defaults are those of the recogniser attention."""

    second_look: Calibration = field(default=Calibration(scale=1.40, nothing=-3.59))
    prior: Calibration = field(default=Calibration(scale=1.22, nothing=-2.27))
    both: Calibration = field(default=Calibration(scale=1.34, nothing=-4.01))

    def of(self, *, second_look: bool, prior: bool) -> Calibration:
        """The one for scores of a second look, a prior, or both."""
        if second_look:
            return self.both if prior else self.second_look
        return self.prior


@dataclass(frozen=True, kw_only=True)
class ReadingSettings:
    """What a checkpoint says of how to read."""

    second_look: bool = False
    """Whether words in doubt are read again from other views."""

    prior: str | None = None
    """The language whose words are likelier, or ``None``."""

    calibrations: Calibrations = field(default_factory=Calibrations)

    def as_header(self) -> dict[str, Any]:
        """The same as plain values."""
        calibrations = {name: [one.scale, one.nothing] for name, one in vars(self.calibrations).items()}
        return {"second_look": self.second_look, "prior": self.prior, "calibrations": calibrations}

    @classmethod
    def from_header(cls, value: object) -> Self:
        """The settings of a checkpoint; ``None`` are those of one without any.

        Raises:
            CheckpointError: the value is not what :meth:`as_header` gives.
        """
        if value is None:
            return cls()
        try:
            return cls._checked(value)
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            raise CheckpointError("what the checkpoint says of how to read is damaged") from error

    @classmethod
    def _checked(cls, value: Any) -> Self:
        second_look, prior, described = (value[name] for name in ("second_look", "prior", "calibrations"))
        if not isinstance(second_look, bool) or not (prior is None or isinstance(prior, str)):
            raise TypeError
        calibrations: Mapping[str, Calibration] = {
            name: Calibration(scale=float(scale), nothing=float(nothing))
            for name, (scale, nothing) in described.items()
        }
        if not all(0 < one.scale < math.inf and one.nothing < math.inf for one in calibrations.values()):
            raise ValueError
        return cls(second_look=second_look, prior=prior, calibrations=Calibrations(**calibrations))
