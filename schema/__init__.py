"""Tables as they are; no decisions."""
