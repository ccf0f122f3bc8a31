"""The signature pages that are issued: typeset, or taken from counsel's own PDF, voided, issued again."""
