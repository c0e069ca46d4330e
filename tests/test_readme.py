"""What the documents tell people to type is there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.conftest import Invoke

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def commands(path: Path) -> list[str]:
    """The ``dlhw …`` commands in a document's code blocks, with comments cut off."""
    blocks = re.findall(r"^```(?:sh)?\n(.*?)^```", path.read_text(), re.M | re.S)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    return [found[0] for line in lines if (found := re.findall(r"\bdlhw [^|>&#]*", line))]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_option_of_every_command_exists(path: Path, invoke: Invoke) -> None:
    for command in commands(path):
        words = shlex.split(command)[1:]
        names = [word for word in words if not word.startswith("-")]
        group = [name for name in names[:2] if re.fullmatch("[a-z]+", name)]
        text = invoke(*group, "--help").stdout
        for option in (word for word in words if word.startswith("--")):
            assert re.search(rf"(^|[\s/]){option}\b", text), f"{command}: no {option}"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text()):
        if not re.match("[a-z]+:", target):
            assert (path.parent / target).exists(), f"{path.name} links to {target}"


def test_the_test_command_of_the_readme_is_the_one_that_ci_calls() -> None:
    assert "pip install uv && uv run pytest" in (ROOT / "README.md").read_text()
    assert "README.md" in (ROOT / ".ci" / "run").read_text()
