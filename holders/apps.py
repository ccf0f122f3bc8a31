from django.apps import AppConfig


class HoldersConfig(AppConfig):
    """Who must sign and by what authority: the register."""

    name = "holders"
    default_auto_field = "django.db.models.BigAutoField"
