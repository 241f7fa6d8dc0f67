from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('moderation', '0008_reports_of_words'),
    ]

    operations = [
        migrations.AlterField(
            model_name='decision',
            name='measure',
            field=models.CharField(choices=[('NONE', 'no measure'), ('WARN', 'warning'), ('DELETE_POSTS', 'posts deleted'), ('NO_REACTIONS', 'no reactions'), ('NO_MICROPHONE', 'no microphone'), ('NO_HOSTING', 'no hosting'), ('LIMIT', 'not shown in lists'), ('SUSPEND', 'suspension'), ('CLOSE_ROOM', 'room closed')], max_length=13, verbose_name='measure'),
        ),
    ]
