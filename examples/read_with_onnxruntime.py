"""Read a word with ONNX Runtime alone, from the files of ``dlhw ocr export --format onnx``.

python examples/read_with_onnxruntime.py exported word.png
"""

import json
import sys

import numpy as np
import onnxruntime
from PIL import Image, ImageOps

if len(sys.argv) != 3:
    sys.exit("usage: python examples/read_with_onnxruntime.py FOLDER IMAGE, where FOLDER is what the export wrote")
folder, image_file = sys.argv[1:]
encoder = onnxruntime.InferenceSession(f"{folder}/encoder.onnx")
step = onnxruntime.InferenceSession(f"{folder}/decoder-step.onnx")
described = json.loads(encoder.get_modelmeta().custom_metadata_map["dlhw"])
height, most, least = (described["input"][name] for name in ("height", "width", "least_width"))

rgba = ImageOps.exif_transpose(Image.open(image_file)).convert("RGBA")
grey = Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB").convert("L")
width = min(max(round(grey.width * height / grey.height), least), most)
image = np.zeros((1, height, most), dtype=np.uint8)
image[0, :, :width] = grey.resize((width, height), Image.Resampling.BILINEAR)

names = [one.name for one in encoder.get_outputs()]
values = dict(zip(names, encoder.run(None, {"images": image, "widths": np.array([width])}), strict=True))
token, text = described["tokens"]["start"], ""
while len(text) < 64:
    given = {"tokens": np.array([token]), **values}
    scores, values["hidden"], values["cell"], *_ = step.run(
        None, {one.name: given[one.name] for one in step.get_inputs()}
    )
    token = int(scores.argmax())
    if token == described["tokens"]["end"]:
        break
    text += described["characters"][token - described["tokens"]["first_character"]]
print(text)
