from django.db import migrations, models

from apps.core.walls.operations import Grants


class Migration(migrations.Migration):
    """Which columns of which list a person does without."""

    dependencies = [
        ('people', '0003_last_use_of_a_token'),
    ]

    operations = [
        migrations.AddField(
            model_name='person',
            name='hidden_columns',
            field=models.JSONField(db_default={}, default=dict, editable=False),
        ),
        Grants("people_person"),
    ]
