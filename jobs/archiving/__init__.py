"""How rows and evidence are put away, taken out of the database, and brought back."""
