"""Make the landscape network that comes with the package from a finished run.

    dlhw cnn train --gap --recipe strong --threads 1
    python -m dlhw.cnn.pretrained.packing runs/cnn-train/1

Weights are rounded to half precision; a network computes in single precision anyway.
"""

from __future__ import annotations

import sys
from pathlib import Path

from dlhw.cnn.pretrained import FOLDER, LANDSCAPES
from dlhw.errors import CheckpointError, DlhwError
from dlhw.learning.checkpoint import halved, load_checkpoint, save_checkpoint
from dlhw.learning.checkpoints import chosen_checkpoint
from dlhw.learning.files import write_atomically
from dlhw.learning.packaged import write_checksums
from dlhw.learning.result_schemas import SweepResult
from dlhw.learning.run import read_config, read_environment, read_result
from dlhw.learning.schemas import SweepConfig

PROVENANCE, TITLE = "README.md", "# Where these weights come from"


def pack(run: Path, folder: Path = FOLDER) -> Path:
    """Write the network, its hash and where it comes from.

    Args:
        run: a finished run of ``dlhw cnn train`` on procedural landscapes.
        folder: where the files go.

    Raises:
        CheckpointError: the run learnt from files, whose owners' licence is not known here, or has a weight that half
            precision cannot hold.
        RunError: the run is not finished, or a file cannot be written.
    """
    config, result = read_config(run, SweepConfig), read_result(run, SweepResult)
    if config["data"]["path"] is not None:
        raise CheckpointError(
            f"{run} learnt from {config['data']['source']}", "only a network of procedural landscapes may be passed on"
        )
    source = chosen_checkpoint(run)
    weights, header = load_checkpoint(source, kind="weights")
    path = folder / f"{LANDSCAPES}.safetensors"
    save_checkpoint(path, {name: halved(name, tensor) for name, tensor in weights.items()}, header)
    chosen = result["results"][result["chosen"] or 0]
    environment = read_environment(run)
    versions = ", ".join(f"{package} {version}" for package, version in environment["versions"].items())
    line = (
        f"- `{path.name}`: `{config['network']}` by the recipe `{config.get('recipe', 'homework')}`, best epoch by "
        f"validation, {chosen['best_epoch']}, of {config['epochs']} epochs of {config['data']['source']}; seed "
        f"{chosen['seed']}, learning rate {chosen['learning_rate']:g}; {environment['device_name']}, {versions}. "
        f"Before it was rounded to half precision: validation accuracy {chosen['best_validation_accuracy']:.4f}, test "
        f"accuracy {chosen['best_test_accuracy']:.4f}."
    )
    write_atomically(folder / PROVENANCE, f"{TITLE}\n\n{line}\n".encode())
    write_checksums(folder, [path])
    return path


def main() -> None:
    """Read the run's folder from the command line."""
    try:
        (run,) = sys.argv[1:]
        path = pack(Path(run))
        print(f"{path}: {path.stat().st_size:,} bytes")
    except ValueError:
        sys.exit("error: one run of dlhw cnn train is expected")
    except DlhwError as error:
        sys.exit(f"error: {error.message}")


if __name__ == "__main__":
    main()
