"""What the tests of fuzzing share: the folder of this kind of tests on the path of imports."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
