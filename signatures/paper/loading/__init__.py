"""Turns the bytes of received files into pictures, one page at a time. It runs in the child process only."""
