"""How a recogniser reads where nothing else is asked for, as its checkpoint's header says it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Self, TypedDict, cast

from msgspec import Meta

from dlhw.errors import CheckpointError
from dlhw.learning.validation import check
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
            check(value, _Header)
        except ValueError as error:
            raise CheckpointError(f"what the checkpoint says of how to read is damaged: {error}") from error
        header = cast("_Header", value)
        calibrations: dict[str, Calibration] = {
            name: Calibration(scale=scale, nothing=nothing) for name, (scale, nothing) in header["calibrations"].items()
        }
        return cls(second_look=header["second_look"], prior=header["prior"], calibrations=Calibrations(**calibrations))


class _Header(TypedDict):
    """What :meth:`ReadingSettings.as_header` gives."""

    second_look: bool
    prior: str | None
    calibrations: dict[Literal["second_look", "prior", "both"], tuple[Annotated[float, Meta(gt=0)], float]]
