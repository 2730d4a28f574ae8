"""One outside thing per file, converted to enforcement's types at its edge."""
