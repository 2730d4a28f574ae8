"""Measurements behind python -m jobs.bench NAME."""
