"""Timings, measured side by side in one run and told as ratios. Never part of the tests."""
