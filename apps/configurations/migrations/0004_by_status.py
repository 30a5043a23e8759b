from django.db import migrations, models


class Migration(migrations.Migration):
    """Lists of one status, of one environment or of all, are walked along an index."""

    dependencies = [
        ('configurations', '0003_what_has_ended_goes'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='runtimeconfiguration',
            index=models.Index(fields=['tenant_id', 'status', '-id'], name='configuration_by_status'),
        ),
        migrations.AddIndex(
            model_name='runtimeconfiguration',
            index=models.Index(fields=['tenant_id', 'environment_id', 'status', '-id'], name='configuration_status_here'),
        ),
    ]
