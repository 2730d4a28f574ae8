"""The monthly report: rows gathered, counted by Ray Data, shown on one page."""
