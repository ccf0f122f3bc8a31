"""What came in: files, their pages, their pictures."""
