"""What is signed: an agreement, its signature blocks and versions, and how signatures pass from one to the next."""
