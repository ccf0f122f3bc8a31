"""Signature pages that counsel made: found in a PDF, their lines located, and stamped with codes in clear space."""
