"""Tests. What they compile is kept for the next process, also where PYTHONDONTWRITEBYTECODE is set.

They start many processes, and each that imports PyTorch would compile 2,000 files: more than a second of a core. So
the processes of the tests keep them, in a folder of their own away from the sources.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

if sys.dont_write_bytecode:
    sys.dont_write_bytecode = False
    sys.pycache_prefix = str(Path(__file__).parents[1] / ".pytest_cache" / "bytecode")
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
