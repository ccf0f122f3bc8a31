"""What holders and clients see through a link."""
