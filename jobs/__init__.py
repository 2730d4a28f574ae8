"""One command per file, run as python -m jobs.NAME."""
