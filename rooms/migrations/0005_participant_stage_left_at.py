"""Remember when somebody was moved to the audience: they hear by their connection for a moment more."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rooms", "0004_personal_mutes")]

    operations = [
        migrations.AddField(
            model_name="participant",
            name="stage_left_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
