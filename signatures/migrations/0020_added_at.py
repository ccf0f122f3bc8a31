from django.db import migrations, models
from django.utils import timezone


class Migration(migrations.Migration):
    dependencies = [("signatures", "0019_notes")]

    # First without a default: what is there was added before this was kept, and no row is written.
    operations = [
        migrations.AddField(
            model_name="signatureblock",
            name="added_at",
            field=models.DateTimeField(help_text="Empty where it was added before this was kept", null=True),
        ),
        migrations.AlterField(
            model_name="signatureblock",
            name="added_at",
            field=models.DateTimeField(
                default=timezone.now, help_text="Empty where it was added before this was kept", null=True
            ),
        ),
    ]
