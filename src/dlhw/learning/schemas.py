"""What dlhw writes and reads back: one schema for each file, which :mod:`dlhw.learning.validation` holds it to.

Keys that a schema does not name are let through, since versions add some. What earlier versions did not write is not
required.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal, NotRequired, TypedDict

from msgspec import Meta

Count = Annotated[int, Meta(ge=0, le=10**12)]
Positive = Annotated[int, Meta(ge=1, le=10**9)]
Seed = Annotated[int, Meta(ge=0, lt=2**32)]
Share = Annotated[float, Meta(ge=0, le=1)]
LARGEST_RATE = 1e38
"""A learning rate is multiplied as a float32, which holds no more."""
Rate = Annotated[float, Meta(gt=0, le=LARGEST_RATE)]
Seconds = Annotated[float, Meta(ge=0, le=1e12)]
Name = Annotated[str, Meta(min_length=1, max_length=255)]
Location = Annotated[str, Meta(pattern=r"\A(?:[^/\x00]{0,255}(?:/|\Z))*\Z", max_length=4096)]
"""A path that a file system could have."""

Weights = Annotated[str, Meta(pattern=r"^[^/\\]+/[^/\\]+\.safetensors$", max_length=512)]
"""Within a run: a trial's folder and a file, and nothing that leads out of it."""


class LabelledImages(TypedDict):
    """``data`` of the configuration of a run over images."""

    path: Location | None
    source: str
    strict: bool
    fingerprint: str
    classes: NotRequired[list[str]]


class Request(TypedDict):
    """Which words were asked for: in the configuration of a run, and in the header of its weights."""

    data: Location | None
    word_list: Location | None
    fonts: Location | None
    language: str | None
    max_megapixels: Annotated[float, Meta(gt=0, le=1e6)]


class Words(Request):
    """``words_from`` of the configuration of a run over words."""

    source: str
    fingerprint: str


class Config(TypedDict):
    """``config.json`` of any command, as far as a run is found by it."""

    command: Name
    epochs: NotRequired[Positive]


Digest = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
"""A SHA-256."""


class OwnNetworkConfig(TypedDict):
    """Which network of a person's is trained."""

    name: Name
    expression: Name
    sha256: Digest


class OwnNetworkHeader(TypedDict):
    """The same, in the header of its weights."""

    expression: Name
    sha256: Digest


class SweepConfig(TypedDict):
    """Of ``dlhw cnn train``."""

    command: Name
    network: str
    learning_rates: Annotated[list[Rate], Meta(min_length=1, max_length=1000)]
    epochs: Positive
    batch_size: Positive
    dropout: Share
    seed: Seed
    seeds: NotRequired[Annotated[int, Meta(ge=1, le=100_000)]]
    recipe: NotRequired[str]
    strong: NotRequired[dict[str, Any]]
    module: NotRequired[OwnNetworkConfig]
    patience: NotRequired[Positive | None]
    class_weights: NotRequired[Literal["balanced"] | None]
    data: LabelledImages


class StudyConfig(TypedDict):
    """Of ``dlhw cnn study``."""

    command: Name
    variants: Annotated[list[str], Meta(min_length=1, max_length=1000)]
    epochs: Positive
    batch_size: Positive
    learning_rate: Rate
    dropout: Share
    seed: Seed
    seeds: Annotated[int, Meta(ge=1, le=100_000)]
    images: NotRequired[Positive | None]
    pictures: NotRequired[Positive | None]
    """The same, as older studies name it."""

    precision: str
    data: LabelledImages


class ReadingNumbers(TypedDict):
    """Of ``dlhw ocr train``, what is said of weights that are packed."""

    words: Positive
    seed: Seed
    batch_size: Positive
    learning_rate: Rate


ReadingConfig = TypedDict(
    "ReadingConfig",
    {
        "command": Name,
        "attention": bool,
        "epochs": Positive,
        "words": Positive,
        "batch_size": Positive,
        "learning_rate": Rate,
        "patience": Positive | None,
        "precision": str,
        "seed": Seed,
        "words_from": Words,
        "from": Location | None,
    },
)
"""Of ``dlhw ocr train``."""


class ReproductionConfig(TypedDict):
    """Of ``dlhw reproduce``."""

    command: Name
    scale: Literal["quick", "full"]
    data: str | None
    hand_in: NotRequired[str]  # the group whose numbers the page judges
    seed: Seed
    version: str


class Place(TypedDict):
    """Where images are, and by what they are known."""

    path: Location | None
    fingerprint: str
    classes: NotRequired[list[str]]


class Found(Request):
    """Where words are, and by what they are known."""

    fingerprint: str


class LearntFrom(Config):
    """Of any run, what it learnt from."""

    data: NotRequired[Place]
    words_from: NotRequired[Found]


CONFIGS: dict[Any, Any] = {
    "cnn-train": SweepConfig,
    "cnn-study": StudyConfig,
    "ocr-train": ReadingConfig,
    "reproduce": ReproductionConfig,
}
"""By the command that a configuration names."""


class Where(TypedDict):
    """An environment, as a page keeps it."""

    device_name: str
    threads_each: NotRequired[Positive | None]
    system: str
    versions: dict[str, str]
    date: NotRequired[datetime.date | None]


class Environment(Where):
    """``environment.json``."""

    threads: Positive
    device: Annotated[str, Meta(pattern=r"\A(cpu|mps|cuda)(:\d{1,3})?\Z")]
    deterministic: bool
    sync_batchnorm: NotRequired[bool]
    precision: NotRequired[Literal["float32", "bfloat16"]]
    ranks: NotRequired[Positive]
    launch: NotRequired[str | None]
    earlier: NotRequired[list[Environment]]


class Outcome(TypedDict):
    """``outcome.json`` of any training."""

    status: Literal["finished", "diverged"]
    epochs: Positive


class LandscapeOutcome(Outcome):
    """Of ``dlhw cnn train``."""

    learning_rate: Rate
    seed: Seed
    last_epoch: NotRequired[Count]


class DivergedLandscapeOutcome(LandscapeOutcome):
    """Of one that diverged, perhaps in its first epoch."""

    reason: str
    validation_accuracy: None
    test_accuracy: None
    best_epoch: Count | None
    best_validation_accuracy: Share | None
    best_test_accuracy: Share | None
    images_per_second: Seconds | None


class FinishedLandscapeOutcome(LandscapeOutcome):
    """Of one that did not."""

    validation_accuracy: Share
    test_accuracy: Share
    best_epoch: Positive
    best_validation_accuracy: Share
    best_test_accuracy: Share
    images_per_second: Seconds


class StudyOutcome(Outcome):
    """Of ``dlhw cnn study``."""

    variant: str
    seed: Seed


class DivergedStudyOutcome(StudyOutcome):
    """Of one that diverged."""

    reason: str
    train_loss: None
    validation_accuracy: None
    test_accuracy: None
    mistaken: None
    images_per_second: None


class FinishedStudyOutcome(StudyOutcome):
    """Of one that did not."""

    train_loss: float
    validation_accuracy: Share
    test_accuracy: Share
    mistaken: list[Annotated[int, Meta(ge=0, le=10**8)]]
    images_per_second: Seconds


class AtK(TypedDict):
    k: Positive
    value: Share | None


class Errors(TypedDict):
    """Error rates on some words; of a CER there may be more than one, since letters may be added."""

    words: Count
    cer: Annotated[float, Meta(ge=0)] | None
    wer: Share | None
    wer_at_k: AtK
    intervals: NotRequired[dict[str, list[float | None]]]


class ReadingOutcome(Outcome):
    """Of ``dlhw ocr train``."""

    last_epoch: Positive
    parameters: Count
    alphabet: str
    best_epoch: Positive
    best_validation_cer: Annotated[float, Meta(ge=0)]
    temperature: NotRequired[Rate]
    test: Errors
    plain: NotRequired[Errors]
    words_seen: Count
    images_per_second: Seconds


class DivergedReadingOutcome(Outcome):
    """Of one of several trainings of ``dlhw ocr train``."""

    attention: bool
    seed: Seed
    reason: str


class MetricsRow(TypedDict):
    """A line of ``metrics.jsonl``, and an entry of ``rows`` in a state. Whatever else it has are numbers, too."""

    epoch: Positive
    train_loss: float
    learning_rate: float
    seconds: Seconds
    images_per_second: Seconds
    best_epoch: Positive
    best_value: float


class Header(TypedDict):
    """The JSON in the header of any checkpoint."""

    schema: Count
    kind: str


class WeightsHeader(Header):
    """Of ``best.safetensors``. Its networks have schemas of their own for ``architecture``."""

    architecture: NotRequired[dict[str, Any]]


class BestHeader(TypedDict):
    """The best epoch so far, in a state."""

    epoch: Positive
    value: float
    notes: NotRequired[dict[str, float]]


class Optimizer(TypedDict):
    """An optimizer's numbers; its tensors lie beside them."""

    state: dict[Annotated[str, Meta(pattern=r"^\d{1,6}$")], dict[str, Any]]
    param_groups: list[dict[str, Any]]


class StateHeader(Header):
    """Of ``state.safetensors``."""

    architecture: dict[str, Any]
    epoch: Count
    step: Count
    seconds: Seconds
    rows: list[MetricsRow]
    best: BestHeader | None
    optimizer: Optimizer


HEADERS: dict[Any, Any] = {"weights": WeightsHeader, "state": StateHeader}
"""By the kind that a header names."""


class ClassifierHeader(TypedDict):
    """``architecture`` of a network for landscapes."""

    network: str
    classes: Annotated[list[str], Meta(min_length=1, max_length=100_000)]
    dropout: Share
    preprocessing: str
    module: NotRequired[OwnNetworkHeader]


class WordNetworkHeader(TypedDict):
    """The sizes of a network that reads words."""

    alphabet_size: Annotated[int, Meta(ge=3, le=2_000_000)]
    attention: Annotated[int, Meta(ge=0, le=65_536)]
    channels: Annotated[list[Annotated[int, Meta(ge=1, le=65_536)]], Meta(min_length=6, max_length=6)]
    encoder: Annotated[int, Meta(ge=1, le=65_536)]
    decoder: Annotated[int, Meta(ge=1, le=65_536)]
    embedding: Annotated[int, Meta(ge=1, le=65_536)]


class RecognizerHeader(TypedDict):
    """``architecture`` of a network that reads words."""

    network: WordNetworkHeader
    alphabet: str
    preprocessing: str
    temperature: NotRequired[Rate]
