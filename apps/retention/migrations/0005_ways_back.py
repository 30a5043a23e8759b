import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models
from django.db.models import F, Q

import apps.core.ids
import apps.core.states
from apps.core.states import edges
from apps.core.walls.guards import Guard
from apps.core.walls.operations import Grants, Guarded, Sql, Walls
from apps.core.walls.governance import RETURN_HOURS
from apps.retention.first_rows import return_floors
from apps.retention.models import WindowReturn


class Migration(migrations.Migration):
    """From a longer window towards the floor: two officers and 72 hours."""

    dependencies = [("retention", "0004_exceptions_act"), ("tenants", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="WindowReturn",
            fields=[
                ("id", models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ("data_class", models.CharField(max_length=32)),
                ("version", models.IntegerField()),
                ("from_days", models.IntegerField()),
                ("days", models.IntegerField()),
                ("reason", models.TextField()),
                ("status", models.CharField(choices=[("Asked", "Asked"), ("Confirmed", "Confirmed"), ("Declined", "Declined")], default="Asked", editable=False, max_length=16)),
                ("asked_by_id", models.UUIDField()),
                ("asked_by_label", models.CharField(max_length=254)),
                ("asked_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("decided_by_id", models.UUIDField(null=True)),
                ("decided_by_label", models.CharField(blank=True, max_length=254)),
                ("decided_at", models.DateTimeField(editable=False, null=True)),
                ("tenant", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="tenants.tenant")),
            ],
            options={
                "verbose_name": "way back",
                "verbose_name_plural": "ways back",
                "ordering": ["tenant", "-id"],
                "constraints": [
                    models.CheckConstraint(condition=Q(status__in=["Asked", "Confirmed", "Declined"]), name="window_return_status"),
                    models.CheckConstraint(condition=Q(days__lt=F("from_days"), version__gte=2), name="window_return_shortens"),
                    models.CheckConstraint(condition=~Q(status="Confirmed") | (Q(decided_by_id__isnull=False) & ~Q(decided_by_id=F("asked_by_id"))), name="window_return_by_a_second"),
                    models.CheckConstraint(condition=Q(status="Asked", decided_at=None) | (~Q(status="Asked") & Q(decided_at__isnull=False)), name="window_return_decided_at"),
                ],
            },
            bases=(apps.core.states.Stateful, models.Model),
        ),
        Walls("retention_windowreturn"),
        Guarded(
            "retention_windowreturn",
            Guard(
                created=["asked_at"],
                companions={"decided_at": ["Confirmed", "Declined"]},
                frozen=[
                    "id", "tenant_id", "data_class", "version", "from_days", "days", "reason",
                    "asked_by_id", "asked_by_label",
                ],
                frozen_unless={"decided_by_id": ["Asked"], "decided_by_label": ["Asked"]},
                edges=edges(WindowReturn.TRANSITIONS),
                initial=["Asked"],
            ),
        ),
        Sql(return_floors),
        migrations.AddField(
            "retentionpolicy", "return_id", models.UUIDField(editable=False, null=True)
        ),
        migrations.AddField(
            "retentionpolicy",
            "in_force_at",
            models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(), editable=False
            ),
        ),
        Grants("retention_retentionpolicy"),
        Guarded(
            "retention_retentionpolicy",
            Guard(
                created=["created_at"],
                frozen=[
                    "id", "tenant_id", "data_class", "version", "days", "reason", "set_by_id",
                    "set_by_label", "return_id", "in_force_at",
                ],
                # What shortens is what a second officer confirmed, and not at once.
                checks={
                    "insert": [
                        "NEW.in_force_at := app.clock();",
                        "IF NEW.return_id IS NOT NULL THEN",
                        "IF NOT EXISTS (SELECT FROM public.retention_windowreturn r "
                        "WHERE r.id = NEW.return_id AND r.status = 'Confirmed' "
                        "AND r.decided_by_id = NEW.set_by_id AND (r.tenant_id, r.data_class, "
                        "r.version, r.days) = (NEW.tenant_id, NEW.data_class, NEW.version, "
                        "NEW.days)) THEN",
                        "RAISE EXCEPTION 'a second officer confirms a way back' "
                        "USING ERRCODE = 'RP409'; END IF;",
                        f"NEW.in_force_at := app.clock() + interval '{RETURN_HOURS} hours';",
                        "END IF;",
                    ]
                },
            ),
        ),
    ]
