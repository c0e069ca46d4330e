"""Tests, and what their processes share: what they have compiled, and how their threads wait.

They start many processes, and each that imports PyTorch would compile 2,000 files where PYTHONDONTWRITEBYTECODE is set:
more than a second of a core. So what is compiled is kept, in a folder of its own away from the sources.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # two threads that spin while they wait keep others from working
if sys.dont_write_bytecode:
    sys.dont_write_bytecode = False
    sys.pycache_prefix = str(Path(__file__).parents[1] / ".pytest_cache" / "bytecode")
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
