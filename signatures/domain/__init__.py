"""The rules. Nothing else writes the database."""
