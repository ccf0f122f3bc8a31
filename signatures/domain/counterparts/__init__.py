"""What comes in: received once, read page by page, matched, and put into order."""
