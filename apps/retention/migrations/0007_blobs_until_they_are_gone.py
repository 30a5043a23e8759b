from django.db import migrations, models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat

from apps.core.walls.guards import Guard
from apps.core.walls.operations import Grants, Guarded


class Migration(migrations.Migration):
    """A blob whose row has gone is taken up again until a read answers that it is gone."""

    dependencies = [
        ('retention', '0006_certificates'),
    ]

    operations = [
        migrations.AddField(
            model_name='removedlog',
            name='gone_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='removedlog',
            name='problem',
            field=models.CharField(blank=True, db_default='', default='', max_length=200),
        ),
        migrations.AlterField(
            model_name='removedlog',
            name='run_id',
            field=models.UUIDField(null=True),
        ),
        migrations.AlterField(
            model_name='removedlog',
            name='sha256',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddIndex(
            model_name='removedlog',
            index=models.Index(condition=Q(('gone_at', None)), fields=['tenant', 'id'], name='removed_log_waiting'),
        ),
        migrations.AddConstraint(
            model_name='removedlog',
            constraint=models.CheckConstraint(condition=Q(('path__startswith', Concat(F('tenant_id'), Value('/')))), name='removed_log_of_its_tenant'),
        ),
        Grants("retention_removedlog", "retention_retentionentry"),
        Guarded(
            "retention_removedlog",
            Guard(
                created=["removed_at"],
                frozen=[
                    "id", "tenant_id", "environment_id", "run_id", "path", "bytes", "sha256",
                ],
                once=["gone_at"],
                stamps=["gone_at"],
            ),
        ),
    ]
