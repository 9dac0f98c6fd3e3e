"""Detectors of any form, brought to scores `[N, K, P]` and boxes `[N, 4, P]`."""
