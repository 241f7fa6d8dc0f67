from django.db import migrations


def split(apps, schema_editor):
    """What was one channel is two: what somebody chose for pushes they chose for both."""
    choices = apps.get_model("accounts", "NotificationChoice").objects
    deliveries = apps.get_model("accounts", "Delivery").objects
    chosen = list(choices.filter(channel="PUSH"))
    choices.filter(channel="PUSH").update(channel="WEB_PUSH")
    for choice in chosen:
        choice.pk, choice.channel = None, "NATIVE"
    choices.bulk_create(chosen, batch_size=500)
    deliveries.filter(channel="PUSH").update(channel="WEB_PUSH")


def join(apps, schema_editor):
    """Back to one: the choice of the browser stays."""
    choices = apps.get_model("accounts", "NotificationChoice").objects
    deliveries = apps.get_model("accounts", "Delivery").objects
    choices.exclude(channel__in=["WEB_PUSH", "EMAIL"]).delete()
    deliveries.exclude(channel__in=["WEB_PUSH", "EMAIL"]).delete()
    choices.filter(channel="WEB_PUSH").update(channel="PUSH")
    deliveries.filter(channel="WEB_PUSH").update(channel="PUSH")


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0008_kinds_and_channels"),
    ]

    operations = [
        migrations.RunPython(split, join),
    ]
