"""What ``dlhw cnn fetch`` shows, from its JSON document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import RenderableType
from rich.text import Text


def fetch_result(document: Mapping[str, Any]) -> Iterator[RenderableType]:
    """What is there now, on which terms, and what to do with it."""
    data = document["data"]
    came = "fetched" if document["downloaded"] else "were there already"
    learnt = data["train"] + data["validation"]
    yield Text.assemble((f"{learnt:,} images to learn from and {data['test']:,} to test", "bold"), f" {came}")
    yield Text(f"in {document['folder']}", overflow="fold")
    yield Text(document["licence"], style="dim")
    yield Text("learn from them with: dlhw cnn train --gap --data intel")
    if document["intel48"]:
        yield Text("or from the part that the documents measure on: dlhw cnn train --gap --data intel48")
