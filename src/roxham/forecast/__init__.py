"""How wrong are we: calibration, and the test against what came afterwards."""
