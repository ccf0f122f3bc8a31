"""What the browser asks for. Views fetch and authorise, ask the domain, and say it in words."""
