"""Gather the faces that the recogniser `reader` learns from, and write down what they are.

    uv run python examples/reader/gather_faces.py FOLDER

``families.txt`` names families of the npm scope ``@fontsource``, ``debian.txt`` names Debian's packages of fonts. Both
come through their ordinary clients, ``npm`` and ``apt-get download``; nothing is installed. FOLDER then holds

::

    npm/, debian/    the packages as they came; what is there is not fetched again
    faces/           the faces to learn from, for ``dlhw ocr train --fonts``
    held-out/        a dozen display families kept for measuring

and ``manifest.tsv``, also beside this script: kind, family, package, version, licence, file and SHA-256 of every face.
``faces/`` has a copy of it, which tells dlhw that a person has chosen the faces named there, however ornate.
A family with several weights gives its regular and its heaviest one. The faces are their authors' and are not shipped.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from fontTools.ttLib import TTFont

HERE = Path(__file__).parent
HELD_OUT = "held out"
SUFFIXES = {".ttf", ".otf"}
REGULAR, HEAVY = 400, 700
# Copies of matplotlib's own faces, which test words are set in, and faces that are no writing.
LEFT_OUT = re.compile(r"dejavu|bitstream|^vera|stix|dseg.*weather|barcode", re.IGNORECASE)
ILLEGIBLE = {
    "loopy",
    "skullcap",
    "nucleus",
    "zurklezs",
    "claw1",
    "claw2",
    "powdwrk5",
    "pseudo",
    "weaver",
    "nymonak",
    "zirconia",
}
IN_PAIRS = "fonts-aenigma"
"""A package of hundreds of faces by one hand, mostly in variants: every second one is taken."""


class Face(NamedTuple):
    """A row of the manifest."""

    kind: str
    family: str
    package: str
    version: str
    licence: str
    file: str
    """Below the folder."""
    sha256: str


def families() -> dict[str, list[str]]:
    """The families of each kind."""
    lines = [line for line in (HERE / "families.txt").read_text().splitlines() if not line.startswith("#")]
    return {kind: names.split() for kind, names in (line.split(":") for line in lines)}


def debian_packages() -> list[str]:
    """The names of Debian's packages."""
    lines = (HERE / "debian.txt").read_text().splitlines()
    return [f"fonts-{name}" for line in lines if not line.startswith("#") for name in line.split()]


def fetch(folder: Path) -> None:
    """Bring the packages that are not installed yet."""
    npm, debian = folder / "npm", folder / "debian"
    for place in (npm, debian):
        place.mkdir(parents=True, exist_ok=True)
    wanted = [name for names in families().values() for name in names]
    missing = [f"@fontsource/{name}" for name in wanted if not (npm / "node_modules/@fontsource" / name).is_dir()]
    if missing:
        (npm / "package.json").write_text('{"private": true}\n')
        command = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--silent", *missing]
        subprocess.run(command, cwd=npm, check=True)
    there = {path.name.split("_")[0] for path in debian.glob("*.deb")}
    missing = [name for name in debian_packages() if name not in there]
    if missing:
        subprocess.run(["apt-get", "download", "-q", *missing], cwd=debian, check=True)


def from_npm(folder: Path) -> Iterator[Face]:
    """Convert web fonts: zlib's WOFF, which needs no further library."""
    for kind, names in families().items():
        target = folder / ("held-out" if kind == HELD_OUT else "faces") / "npm"
        target.mkdir(parents=True, exist_ok=True)
        for name in names:
            package = folder / "npm/node_modules/@fontsource" / name
            about = json.loads((package / "package.json").read_text())
            weights = {
                int(path.name.split("-")[-2]): path for path in package.glob(f"files/{name}-latin-[0-9]*-normal.woff")
            }
            for weight in chosen_weights(sorted(weights)):
                file = target / f"{name}-{weight}.ttf"
                # The time of the conversion left out: the same package gives the same bytes.
                font = TTFont(weights[weight], recalcTimestamp=False)
                font.flavor = None
                font.save(file)
                licence = about.get("license", "")
                yield Face(
                    kind, name, about["name"], about["version"], licence, str(file.relative_to(folder)), hashed(file)
                )


def chosen_weights(weights: list[int]) -> list[int]:
    """The one nearest to the regular weight, and the heaviest where that is bold."""
    if not weights:
        return []
    regular = min(weights, key=lambda weight: abs(weight - REGULAR))
    return [regular, weights[-1]] if weights[-1] >= HEAVY and weights[-1] > regular else [regular]


def from_debian(folder: Path) -> Iterator[Face]:
    """Unpack the packages and take their outline fonts."""
    held = {name.replace("-", "") for name in families()[HELD_OUT]}
    taken: set[str] = set()
    for name in debian_packages():
        for archive in sorted((folder / "debian").glob(f"{name}_*.deb")):
            unpacked = folder / "debian" / name
            subprocess.run(["dpkg-deb", "-x", str(archive), str(unpacked)], check=True)
            version = archive.name.split("_")[1].replace("%3a", ":")
            paths = [path for path in sorted(unpacked.rglob("*")) if path.suffix.lower() in SUFFIXES]
            for path in paths[:: 2 if name == IN_PAIRS else 1]:
                plain = re.sub(r"[^a-z0-9]", "", path.stem.lower())
                if (
                    path.is_symlink()
                    or path.stem in ILLEGIBLE
                    or path.name in taken
                    or LEFT_OUT.search(path.name)
                    or any(plain.startswith(family) for family in held)
                ):
                    continue
                taken.add(path.name)
                file = folder / "faces/debian" / name / path.name
                file.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, file)
                yield Face(
                    "debian", path.stem, name, version, licence(unpacked), str(file.relative_to(folder)), hashed(file)
                )


def licence(unpacked: Path) -> str:
    """The licences that a Debian package names in its machine-readable copyright file, or where to read them."""
    for path in unpacked.glob("usr/share/doc/*/copyright"):
        names = re.findall(r"^License: *(\S+)", path.read_text(errors="replace"), re.MULTILINE)
        if names:
            return ", ".join(dict.fromkeys(names))
    return "see the package's copyright file"


def hashed(path: Path) -> str:
    """The SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> None:
    """Fetch, convert and write the manifest."""
    if len(sys.argv) != 2:
        sys.exit("expected one folder: gather_faces.py FOLDER")
    folder = Path(sys.argv[1])
    fetch(folder)
    for place in ("faces", "held-out"):
        shutil.rmtree(folder / place, ignore_errors=True)
    faces = [*from_npm(folder), *from_debian(folder)]
    lines = ["\t".join(Face._fields), *("\t".join(face) for face in faces)]
    manifest = "\n".join(lines) + "\n"
    # What was chosen by eye, family by family; Debian's packages hold much else, and are tested face by face.
    by_eye = "\n".join(line for line in lines if not line.startswith("debian\t")) + "\n"
    for path, text in ((HERE / "manifest.tsv", manifest), (folder / "faces/chosen.tsv", by_eye)):
        path.write_text(text)
    shutil.copyfile(folder / "faces/chosen.tsv", folder / "held-out/chosen.tsv")
    families_of = {face.family for face in faces if face.kind not in {"debian", HELD_OUT}}
    print(f"{len(faces):,} faces; {len(families_of)} families of npm; {folder}")


if __name__ == "__main__":
    main()
