from django.db import migrations, models


class Migration(migrations.Migration):
    """A list of one status of one environment is walked along an index."""

    dependencies = [
        ('deployments', '0004_observed_step_logs'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='runtimedeployment',
            index=models.Index(fields=['tenant_id', 'environment_id', 'status', '-id'], name='deployment_status_here'),
        ),
    ]
