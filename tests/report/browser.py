"""A real browser, where there is one: what it makes of a page."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)

PROBE = """
<script>
const faults = [];
addEventListener("error", event => faults.push(String(event.message || event.target.src)), true);
addEventListener("securitypolicyviolation", event => faults.push(event.violatedDirective));
addEventListener("load", () => {
  const channel = value => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const light = c => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
  const numbers = colour => (colour.match(/[\\d.]+/g) || [0, 0, 0]).map(Number);
  const ground = element => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) layers.unshift(numbers(getComputedStyle(at).backgroundColor));
    return layers.reduce((below, layer) => {
      const alpha = layer.length > 3 ? layer[3] : 1;
      return below.map((value, place) => (1 - alpha) * value + alpha * layer[place]);
    }, [255, 255, 255]);
  };
  const contrasts = [];
  for (const element of document.querySelectorAll("p, td, th, h1, h2, h3, caption, figcaption, code, a, text")) {
    if (!element.textContent.trim()) continue;
    const style = getComputedStyle(element), ink = numbers(element.tagName === "text" ? style.fill : style.color);
    const [a, b] = [light(ink), light(ground(element))];
    contrasts.push([(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), element.textContent.trim().slice(0, 40)]);
  }
  contrasts.sort((one, other) => one[0] - other[0]);
  const found = {
    faults,
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    width: innerWidth,
    figures: [...document.querySelectorAll("figure")].map(figure => {
      const box = figure.querySelector("svg").getBoundingClientRect();
      return [figure.querySelector("figcaption").textContent.split(".")[0], box.width, box.height];
    }),
    letters: [...document.querySelectorAll("figure.wide svg text")].map(text => [
      parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a, text.textContent.trim().slice(0, 40)
    ]).sort((one, other) => one[0] - other[0])[0],
    contrast: contrasts[0],
    ids: [...document.querySelectorAll("[id]")].map(element => element.id),
    dangling: [...document.querySelectorAll("a[href^='#']")].map(a => a.hash.slice(1))
      .filter(id => !document.getElementById(id)),
    dark: matchMedia("(prefers-color-scheme: dark)").matches,
    intervals: [...document.querySelectorAll(".results .interval")].map(interval => {
      const box = interval.getBoundingClientRect();
      return box.height > 5 && box.left >= 0 && box.right <= innerWidth;
    }),
    scrolled: [...document.querySelectorAll(".scroll")].filter(box => box.scrollWidth > box.clientWidth)
      .map(box => box.getAttribute("aria-label")),
    math: [...document.querySelectorAll("math")].filter(math => math.getBoundingClientRect().height < 5).length,
  };
  const answer = () => parent.postMessage(JSON.stringify(found), "*");
  if (!window.axe) return answer();
  axe.run().then(result => {
    found.axe = result.violations.map(one => `${one.id}: ${one.nodes[0].html}`);
    answer();
  });
});
</script>
"""

FRAME = """<!doctype html><meta name="color-scheme" content="light dark">
<script>
addEventListener("message", event => {
  const out = document.createElement("script");
  out.type = "application/json"; out.id = "found"; out.textContent = event.data;
  document.body.append(out);
});
</script>
<iframe src="probed.html" style="border:0; width:WIDTHpx; height:3000px"></iframe>
"""
"""A window is never narrower than 500 pixels; a frame within it is."""


def browser() -> str:
    """The path of a browser; without one the test is skipped."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("there is no Chromium here")
    return found


def probe(page: Path, folder: Path, *, width: int, dark: bool = False, axe: Path | None = None) -> dict[str, Any]:
    """Open a page and ask what became of it.

    Args:
        page: to open. A copy of it gets the script that asks.
        folder: for the copy and the browser's profile.
        width: of the window, in CSS pixels.
        dark: whether the person likes it dark.
        axe: the script of axe-core, whose violations are then found under ``axe``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    copy = folder / "probed.html"
    script = "" if axe is None else axe.read_text().replace("</script>", "<\\/script>")
    copy.write_text(page.read_text().replace("<head>", f"<head><script>{script}</script>{PROBE}"))
    frame = folder / "frame.html"
    frame.write_text(FRAME.replace("WIDTH", str(width)))
    scheme = ["--blink-settings=preferredColorScheme=0"] if dark else []
    profile = f"--user-data-dir={folder / 'profile'}"
    command = [browser(), *FLAGS, *scheme, profile, "--window-size=1400,3000", "--virtual-time-budget=10000"]
    ended = subprocess.run([*command, "--dump-dom", frame.as_uri()], capture_output=True, text=True, timeout=120)
    start = ended.stdout.index('id="found">') + len('id="found">')
    found: dict[str, Any] = json.loads(ended.stdout[start : ended.stdout.index("</script>", start)])
    return found
