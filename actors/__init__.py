"""Plain classes that hold state and move data, wired to Ray in wiring.py alone."""
