"""What goes out: files, the status report, the tabulation."""
