"""Reads for the screens. Each takes an agreement that came out of `Agreement.objects.visible_to(user)`."""
