from functools import reduce

from django.db import migrations, models
from django.db.models import Q, Value
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Cast

from apps.core.states import edges
from apps.core.walls.guards import Guard
from apps.core.walls.operations import Grants, Guarded
from apps.deployments.models import DeploymentStep

PLACE = reduce(
    lambda one, next: CombinedExpression(one, '||', next, models.TextField()),
    [
        part if isinstance(part, Value) else Cast(part, models.TextField())
        for part in ('tenant_id', Value('/'), 'environment_id', Value('/'), 'deployment_id', Value('/'), 'id', Value('.log'))
    ],
)
SEEN = 'log_tier, {0}.log_observed_bytes, {0}.log_observed_at, {0}.log_problem'


class Migration(migrations.Migration):
    """What the steward saw of a log, beside its path; and a path that can be no other's."""

    dependencies = [
        ('deployments', '0003_no_log_without_its_size'),
        # Which grants anew, without the columns that come here.
        ('scaling_policies', '0003_retention_decides'),
    ]

    operations = [
        migrations.AddField(
            model_name='deploymentstep',
            name='log_tier',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=16),
        ),
        migrations.AddField(
            model_name='deploymentstep',
            name='log_observed_bytes',
            field=models.BigIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='deploymentstep',
            name='log_observed_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='deploymentstep',
            name='log_problem',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=200),
        ),
        migrations.AddIndex(
            model_name='deploymentstep',
            index=models.Index(condition=Q(('log_tier__in', ['', 'Hot']), Q(('log_path', ''), _negated=True)), fields=['tenant_id', 'id'], name='step_log_hot'),
        ),
        migrations.AddConstraint(
            model_name='deploymentstep',
            constraint=models.CheckConstraint(condition=Q(('log_path', ''), ('log_path', PLACE), _connector='OR'), name='step_log_in_its_place'),
        ),
        migrations.AddConstraint(
            model_name='deploymentstep',
            constraint=models.CheckConstraint(condition=Q(Q(('log_observed_at', None), ('log_observed_bytes', None), ('log_tier', ''), ('log_problem', '')), Q(Q(('log_path', ''), _negated=True), ('log_observed_at__isnull', False)), _connector='OR'), name='step_log_observed'),
        ),
        Grants("deployments_deploymentstep"),
        Guarded(
            "deployments_deploymentstep",
            Guard(
                companions={
                    "started_at": ["Running"],
                    "finished_at": ["Succeeded", "Failed", "Skipped"],
                },
                frozen=["id", "tenant_id", "environment_id", "deployment_id", "position", "name"],
                once=["log_path", "log_bytes", "log_sha256"],
                edges=edges(DeploymentStep.TRANSITIONS),
                initial=["Pending"],
                checks={
                    # A step is made before anybody has seen its log.
                    "insert": [
                        "IF NOT app.is_owner() THEN NEW.log_tier := ''; NEW.log_problem := ''; "
                        "NEW.log_observed_bytes := NULL; NEW.log_observed_at := NULL; END IF;",
                    ],
                    # Seen when it is written down, whatever time is given.
                    "update": [
                        f"IF (NEW.{SEEN.format('NEW')}) IS DISTINCT FROM "
                        f"(OLD.{SEEN.format('OLD')}) AND NOT app.moves_clocks() THEN",
                        "NEW.log_observed_at := app.clock(); END IF;",
                    ],
                },
            ),
        ),
    ]
