"""People with an account: their part in an agreement, and their passwords."""
