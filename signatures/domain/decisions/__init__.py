"""What persons decide about received pages, what that does to a block, and taking it back."""
