"""What a reporter sent in other cases is found without reading all reports."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("moderation", "0006_notice_claimed_at")]

    operations = [
        migrations.AddIndex(
            model_name="report",
            index=models.Index(fields=["reporter_key", "-sent_at"], name="reports_of_reporter"),
        ),
    ]
