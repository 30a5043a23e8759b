import apps.core.ids
import apps.core.states
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models
from apps.core.walls.guards import Guard
from apps.core.walls.operations import CompositeKey, Guarded, Walls
from apps.core.states import edges
from apps.drift_findings.models import IgnoreRule, RuntimeDriftFinding


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('scaling_policies', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='DriftCheck',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.CharField(editable=False, max_length=40)),
                ('environment_id', models.UUIDField(editable=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('checked_by', models.CharField(editable=False, max_length=254)),
                ('inputs', models.JSONField(editable=False)),
                ('workloads', models.IntegerField(default=0, editable=False)),
                ('outcome', models.CharField(choices=[('InLine', 'In line'), ('Findings', 'Findings'), ('Failed', 'Failed')], editable=False, max_length=8)),
                ('failure', models.TextField(blank=True, editable=False)),
                ('findings', models.IntegerField(default=0, editable=False)),
                ('opened', models.IntegerField(default=0, editable=False)),
                ('resolved', models.IntegerField(default=0, editable=False)),
                ('not_understood', models.JSONField(default=list, editable=False)),
                ('not_compared', models.JSONField(default=list, editable=False)),
            ],
            options={
                'verbose_name': 'drift check',
                'ordering': ['-id'],
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['tenant_id', '-id'], name='drift_check_newest'), models.Index(fields=['tenant_id', 'environment_id', '-id'], name='drift_check_newest_here'), models.Index(fields=['tenant_id', 'outcome', '-id'], name='drift_check_by_outcome')],
                'constraints': [models.UniqueConstraint(fields=('tenant_id', 'environment_id', 'id'), name='drift_check_key'), models.CheckConstraint(condition=models.Q(models.Q(('findings', 0), ('opened', 0), ('outcome', 'Failed'), ('resolved', 0), models.Q(('failure', ''), _negated=True)), models.Q(('failure', ''), ('findings', 0), ('outcome', 'InLine')), models.Q(('failure', ''), ('findings__gt', 0), ('outcome', 'Findings')), _connector='OR'), name='drift_check_outcome'), models.CheckConstraint(condition=models.Q(('opened__gte', 0), ('resolved__gte', 0), ('workloads__gte', 0)), name='drift_check_counts')],
            },
        ),
        migrations.CreateModel(
            name='IgnoreRule',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.CharField(editable=False, max_length=40)),
                ('environment_id', models.UUIDField(editable=False)),
                ('kind', models.CharField(blank=True, choices=[('missing', 'Missing'), ('unexpected', 'Unexpected'), ('image', 'Image'), ('version', 'Version'), ('replicas', 'Replicas'), ('configuration', 'Configuration'), ('scaling', 'Scaling')], editable=False, max_length=16)),
                ('module_id', models.CharField(blank=True, db_collation='C', editable=False, max_length=253)),
                ('path_prefix', models.TextField(blank=True, db_collation='C', editable=False)),
                ('everywhere', models.BooleanField(default=False, editable=False)),
                ('reason', models.TextField(editable=False)),
                ('owner', models.CharField(editable=False, max_length=254)),
                ('expires_at', models.DateTimeField(editable=False)),
                ('status', models.CharField(choices=[('Active', 'Active'), ('Ended', 'Ended')], default='Active', editable=False, max_length=8)),
                ('created_by', models.CharField(editable=False, max_length=254)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('ended_at', models.DateTimeField(editable=False, null=True)),
                ('end_reason', models.TextField(blank=True, editable=False)),
            ],
            options={
                'verbose_name': 'ignore rule',
                'ordering': ['-id'],
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['tenant_id', '-id'], name='ignore_rule_newest'), models.Index(condition=models.Q(('status', 'Active')), fields=['tenant_id', 'expires_at'], name='ignore_rule_active')],
                'constraints': [models.UniqueConstraint(fields=('tenant_id', 'environment_id', 'id'), name='ignore_rule_key'), models.CheckConstraint(condition=models.Q(('status__in', ['Active', 'Ended']), ('kind__in', ['', 'missing', 'unexpected', 'image', 'version', 'replicas', 'configuration', 'scaling'])), name='ignore_rule_choices'), models.CheckConstraint(condition=models.Q(models.Q(('kind', ''), ('module_id', ''), ('path_prefix', ''), _negated=True), models.Q(('reason', ''), _negated=True), models.Q(('owner', ''), _negated=True)), name='ignore_rule_says_something'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', False), ('status', 'Ended')), models.Q(('ended_at', None), ('status', 'Active')), _connector='OR'), name='ignore_rule_ended_at')],
            },
            bases=(apps.core.states.Stateful, models.Model),
        ),
        migrations.CreateModel(
            name='RuntimeDriftFinding',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.CharField(editable=False, max_length=40)),
                ('environment_id', models.UUIDField(editable=False)),
                ('service_id', models.UUIDField(editable=False, null=True)),
                ('kind', models.CharField(choices=[('missing', 'Missing'), ('unexpected', 'Unexpected'), ('image', 'Image'), ('version', 'Version'), ('replicas', 'Replicas'), ('configuration', 'Configuration'), ('scaling', 'Scaling')], editable=False, max_length=16)),
                ('module_id', models.CharField(blank=True, db_collation='C', editable=False, max_length=253)),
                ('path', models.TextField(db_collation='C', editable=False)),
                ('identity', models.CharField(editable=False, max_length=64)),
                ('severity', models.CharField(choices=[('info', 'Info'), ('warning', 'Warning'), ('critical', 'Critical')], editable=False, max_length=8)),
                ('desired', models.JSONField(editable=False, null=True)),
                ('observed', models.JSONField(editable=False, null=True)),
                ('status', models.CharField(choices=[('Open', 'Open'), ('Acknowledged', 'Acknowledged'), ('Resolved', 'Resolved')], default='Open', editable=False, max_length=16)),
                ('first_check_id', models.UUIDField(editable=False)),
                ('last_check_id', models.UUIDField(editable=False)),
                ('detected_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('last_seen_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('acknowledged_by', models.CharField(blank=True, editable=False, max_length=254)),
                ('acknowledged_reason', models.TextField(blank=True, editable=False)),
                ('acknowledged_at', models.DateTimeField(editable=False, null=True)),
                ('resolved_at', models.DateTimeField(editable=False, null=True)),
                ('resolution', models.CharField(blank=True, choices=[('by-itself', 'by itself'), ('by-hand', 'by hand'), ('environment-gone', 'environment gone')], editable=False, max_length=16)),
                ('resolution_reason', models.TextField(blank=True, editable=False)),
            ],
            options={
                'verbose_name': 'finding',
                'ordering': ['-id'],
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['tenant_id', 'status', '-id'], name='finding_by_status'), models.Index(fields=['tenant_id', 'environment_id', 'status', '-id'], name='finding_here'), models.Index(fields=['tenant_id', 'status', 'kind', '-id'], name='finding_by_kind'), models.Index(fields=['tenant_id', 'status', 'severity', '-id'], name='finding_by_severity'), models.Index(fields=['tenant_id', 'status', 'module_id', '-id'], name='finding_by_module'), models.Index(condition=models.Q(('status', 'Resolved'), _negated=True), fields=['tenant_id', 'environment_id', 'service_id', '-id'], name='finding_of_service'), models.Index(fields=['tenant_id', 'environment_id', 'last_check_id'], name='finding_last_check')],
                'constraints': [models.UniqueConstraint(fields=('tenant_id', 'environment_id', 'id'), name='finding_key'), models.UniqueConstraint(condition=models.Q(('status', 'Resolved'), _negated=True), fields=('tenant_id', 'environment_id', 'identity'), name='finding_once'), models.CheckConstraint(condition=models.Q(('status__in', ['Open', 'Acknowledged', 'Resolved']), ('kind__in', ['missing', 'unexpected', 'image', 'version', 'replicas', 'configuration', 'scaling']), ('severity__in', ['info', 'warning', 'critical']), ('resolution__in', ['', 'by-itself', 'by-hand', 'environment-gone'])), name='finding_choices'), models.CheckConstraint(condition=models.Q(models.Q(('desired', models.F('observed')), _negated=True), models.Q(('desired__isnull', True), ('observed__isnull', True), _negated=True)), name='finding_differs'), models.CheckConstraint(condition=models.Q(models.Q(('resolved_at__isnull', False), ('status', 'Resolved'), models.Q(('resolution', ''), _negated=True)), models.Q(models.Q(('status', 'Resolved'), _negated=True), ('resolution', ''), ('resolved_at', None)), _connector='OR'), name='finding_resolved'), models.CheckConstraint(condition=models.Q(models.Q(('acknowledged_at__isnull', False), ('status', 'Acknowledged'), models.Q(('acknowledged_by', ''), _negated=True)), models.Q(('acknowledged_at', None), ('acknowledged_by', ''), ('status', 'Open')), ('status', 'Resolved'), _connector='OR'), name='finding_acknowledged')],
            },
            bases=(apps.core.states.Stateful, models.Model),
        ),
        migrations.CreateModel(
            name='DriftCoverage',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.CharField(editable=False, max_length=40)),
                ('environment_id', models.UUIDField(editable=False)),
                ('service_id', models.UUIDField(editable=False)),
                ('failure', models.TextField(blank=True, editable=False)),
                ('drift_check', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='coverage', to='drift_findings.driftcheck')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(fields=['tenant_id', 'environment_id', 'drift_check'], name='drift_coverage_check')],
                'constraints': [models.UniqueConstraint(fields=('tenant_id', 'environment_id', 'service_id'), name='drift_coverage_once')],
            },
        ),
        Walls("drift_findings_driftcheck"),
        Guarded(
            "drift_findings_driftcheck",
            Guard(
                created=["created_at"],
                frozen=[
                    "id", "tenant_id", "environment_id", "checked_by", "inputs", "workloads",
                    "outcome", "failure", "findings", "opened", "resolved", "not_understood",
                    "not_compared",
                ],
            ),
        ),
        Walls("drift_findings_driftcoverage"),
        CompositeKey("drift_findings_driftcoverage", "drift_check_id", "drift_findings_driftcheck"),
        Guarded(
            "drift_findings_driftcoverage",
            Guard(frozen=["id", "tenant_id", "environment_id", "service_id"]),
        ),
        Walls("drift_findings_runtimedriftfinding"),
        Guarded(
            "drift_findings_runtimedriftfinding",
            Guard(
                created=["detected_at"],
                companions={"resolved_at": ["Resolved"]},
                frozen=[
                    "id", "tenant_id", "environment_id", "kind", "module_id", "path", "identity",
                    "first_check_id",
                ],
                stamped={"last_seen_at": "last_check_id", "acknowledged_at": "acknowledged_by"},
                edges=edges(RuntimeDriftFinding.TRANSITIONS),
                initial=["Open"],
            ),
        ),
        Walls("drift_findings_ignorerule"),
        Guarded(
            "drift_findings_ignorerule",
            Guard(
                created=["created_at"],
                companions={"ended_at": ["Ended"]},
                frozen=[
                    "id", "tenant_id", "environment_id", "kind", "module_id", "path_prefix",
                    "everywhere", "reason", "owner", "expires_at", "created_by",
                ],
                edges=edges(IgnoreRule.TRANSITIONS),
                initial=["Active"],
            ),
        ),
    ]
