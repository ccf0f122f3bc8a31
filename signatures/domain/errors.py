"""What the domain answers when it cannot do what it was asked."""


class Refused(Exception):
    """The act was refused and nothing changed. The text is the sentence that the person needs."""


class Overtaken(Refused):
    """Somebody else was faster: what the act was based on is no longer so."""
