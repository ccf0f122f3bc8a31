from django.apps import AppConfig


class SignaturesConfig(AppConfig):
    """Agreements, their signature pages, what came back, and whether it is enough."""

    name = "signatures"
    default_auto_field = "django.db.models.BigAutoField"
