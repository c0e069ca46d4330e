"""How words with blank margins around them are read: as they are, and with the margins cut as dlhw cuts them.

    uv run python benchmarks/ocr_margins.py --checkpoint reader --count 1000 --data iiit5k/val cute80

Words of English are drawn in matplotlib's fonts with margins of 0.2 to 2.5 times their height on each side: plainly,
with noise, and as a JPEG of quality 40. Texts are compared exactly; those of ``--data`` by the letters a to z and
digits, without case. Reading is plain: no second look, no prior.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import matplotlib
import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from wordfreq import top_n_list

from dlhw.learning.intervals import wilson
from dlhw.ocr.data import Words
from dlhw.ocr.decoding.beam import BeamSearch
from dlhw.ocr.labels.finding import read_labels
from dlhw.ocr.margins import without_margins
from dlhw.ocr.preprocessing import load_image, prepare
from dlhw.ocr.pretrained import pretrained
from dlhw.ocr.recognizer import Recognizer, load_recognizer

FONTS = Path(matplotlib.get_data_path()) / "fonts/ttf"
FACES = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSerif.ttf", "DejaVuSansMono.ttf", "STIXGeneral.ttf")


def draw(text: str, kind: str, rng: np.random.Generator) -> Image.Image:
    font = ImageFont.truetype(str(FONTS / FACES[rng.integers(len(FACES))]), int(rng.integers(18, 60)))
    left, top, right, bottom = font.getbbox(text)
    margins = rng.uniform(0.2, 2.5, 4) * (bottom - top)
    light, dark = int(rng.integers(170, 256)), int(rng.integers(0, 90))
    ground, ink = (dark, light) if rng.random() < 0.3 else (light, dark)
    size = (int(right - left + margins[0] + margins[1]), int(bottom - top + margins[2] + margins[3]))
    image = Image.new("L", size, ground)
    ImageDraw.Draw(image).text((margins[0] - left, margins[2] - top), text, font=font, fill=ink)
    if kind == "noise":
        pixels = np.asarray(image) + rng.normal(0, 5, (size[1], size[0]))
        return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
    if kind == "JPEG":
        buffer = BytesIO()
        image.save(buffer, "JPEG", quality=40)
        return Image.open(buffer).convert("RGB")
    return image


def read(recognizer: Recognizer, images: Sequence[Image.Image]) -> list[str]:
    none = [""] * len(images)
    readings = recognizer.read(Words.pack([prepare(image) for image in images], none, none), BeamSearch())
    return [found[0].text for found in readings]


def letters(text: str) -> str:
    return re.sub("[^a-z0-9]", "", text.lower())


def row(recognizer: Recognizer, name: str, images: Sequence[Image.Image], texts: Sequence[str], *, exact: bool) -> str:
    cut = [image.crop(without_margins(image)) for image in images]
    changed = sum(one.size != other.size for one, other in zip(images, cut, strict=True))
    shares = []
    for shown in (images, cut):
        pairs = zip(read(recognizer, shown), texts, strict=True)
        right = sum(one == other if exact else letters(one) == letters(other) for one, other in pairs)
        share = wilson(right, len(texts))
        assert share.low is not None
        assert share.high is not None
        shares.append(f"{100 * right / len(texts):.1f} [{100 * share.low:.1f}, {100 * share.high:.1f}]")
    return f"| {name} | {len(texts):,} | {changed:,} | {' | '.join(shares)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", default="reader", help="a packaged recogniser")
    parser.add_argument("--count", type=int, default=1000, help="words of each kind")
    parser.add_argument("--data", type=Path, nargs="*", default=[], help="labelled images besides")
    given = parser.parse_args()
    torch.set_num_threads(1)
    recognizer = load_recognizer(pretrained(given.checkpoint), device=torch.device("cpu"), precision=torch.bfloat16)
    common = [word for word in top_n_list("en", 20_000) if re.fullmatch("[a-z]{3,11}", word)]
    print("| words | n | with margins that are cut | read as they are, % | with the margins cut, % |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for number, kind in enumerate(("plain", "noise", "JPEG")):
        rng = np.random.default_rng([7, number])
        texts = [common[place] for place in rng.integers(len(common), size=given.count)]
        print(row(recognizer, f"print, {kind}", [draw(one, kind, rng) for one in texts], texts, exact=True), flush=True)
    for folder in given.data:
        labelled = [word for part in read_labels(folder).values() for word in part.words]
        images = [load_image(word.path) for word in labelled]
        print(row(recognizer, folder.name, images, [word.text for word in labelled], exact=False), flush=True)


if __name__ == "__main__":
    main()
