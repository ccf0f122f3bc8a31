"""What each signatory is sent, where, and what became of the letters."""
