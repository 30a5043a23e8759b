from django.db import migrations, models


class Migration(migrations.Migration):
    """A log's size is there where its path is: a comparison with NULL passes a check."""

    dependencies = [
        ('deployments', '0002_rollbacks_marks_and_deadlines'),
    ]

    operations = [
        migrations.RemoveConstraint(model_name='deploymentstep', name='step_log_whole'),
        migrations.AddConstraint(
            model_name='deploymentstep',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('log_bytes', None), ('log_path', ''), ('log_sha256', '')), models.Q(models.Q(('log_path', ''), _negated=True), ('log_bytes__gte', 0), ('log_bytes__isnull', False), models.Q(('log_sha256', ''), _negated=True)), _connector='OR'), name='step_log_whole'),
        ),
    ]
