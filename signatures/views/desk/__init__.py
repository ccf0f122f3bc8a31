"""Where an admin works: the queue, a page beside the issued one, and what is decided."""
