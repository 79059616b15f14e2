"""What every test shares: repeatable property tests, no clock that fails a slow machine, no store but its own."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

os.environ["ROXHAM_STORE"] = "none"  # a test that wants a store of runs says where; the user's own is left alone

settings.register_profile(
    "house",
    deadline=None,
    derandomize=True,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("house")
