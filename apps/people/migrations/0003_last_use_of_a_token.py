from django.db import migrations, models

from apps.core.walls.operations import Grants


class Migration(migrations.Migration):
    """When a token was last used, to the minute, by the database alone."""

    dependencies = [
        ('people', '0002_invitations_officers_visits'),
    ]

    operations = [
        migrations.AddField(
            model_name='apiclient',
            name='last_used_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        Grants("people_apiclient"),
    ]
