from django.db import migrations, models
from django.db.models import Q

from apps.core.states import edges
from apps.core.walls.functions import functions
from apps.core.walls.guards import Guard
from apps.core.walls.operations import Grants, Guarded, Rewalls, Sql
from apps.retention.first_rows import older_functions, spending
from apps.retention.models import GovernanceException, RetentionRun

_ENDED = "('Completed', 'FoundWanting')"


class Migration(migrations.Migration):
    """A run names an exception, and its end spends it."""

    dependencies = [("retention", "0003_newest_functions")]

    operations = [
        Sql(older_functions),
        Sql(functions),
        migrations.AddField("retentionrun", "exception_id", models.UUIDField(null=True)),
        migrations.AddField(
            "governanceexception", "spent_by_run", models.UUIDField(editable=False, null=True)
        ),
        migrations.AddField(
            "governanceexception", "spent_at", models.DateTimeField(editable=False, null=True)
        ),
        migrations.AlterField(
            "governanceexception",
            "status",
            models.CharField(
                choices=[
                    ("Asked", "Asked"), ("Approved", "Approved"), ("Refused", "Refused"),
                    ("Withdrawn", "Withdrawn"), ("Spent", "Spent"),
                ],
                default="Asked", editable=False, max_length=16,
            ),
        ),
        migrations.RemoveConstraint("governanceexception", "exception_status"),
        migrations.AddConstraint(
            "governanceexception",
            models.CheckConstraint(
                condition=Q(
                    status__in=["Asked", "Approved", "Refused", "Withdrawn", "Spent"]
                ),
                name="exception_status",
            ),
        ),
        migrations.AddConstraint(
            "governanceexception",
            models.CheckConstraint(
                condition=Q(status="Spent", spent_at__isnull=False, spent_by_run__isnull=False)
                | (~Q(status="Spent") & Q(spent_at=None, spent_by_run=None)),
                name="exception_spent",
            ),
        ),
        Rewalls("retention_governanceexception"),
        Guarded(
            "retention_governanceexception",
            Guard(
                created=["asked_at"],
                companions={"decided_at": ["Approved", "Refused"], "spent_at": ["Spent"]},
                frozen=[
                    "id", "tenant_id", "data_class", "environment_id", "reason", "legal_basis",
                    "lapses_at", "asked_by_id", "asked_by_label",
                ],
                frozen_unless={
                    **{
                        column: ["Asked"]
                        for column in (
                            "decided_by_id", "decided_by_label", "decision_reason", "row_count",
                            "digest",
                        )
                    },
                    "spent_by_run": ["Approved"],
                },
                edges=edges(GovernanceException.TRANSITIONS),
                initial=["Asked"],
                # Nobody says that it is spent but a run that went by it and has ended.
                checks={
                    "update": [
                        "IF NEW.status = 'Spent' AND OLD.status <> 'Spent' AND NOT EXISTS (SELECT "
                        "FROM public.retention_retentionrun r WHERE r.id = NEW.spent_by_run "
                        "AND r.exception_id = NEW.id AND NOT r.dry_run "
                        f"AND r.status IN {_ENDED}) THEN",
                        "RAISE EXCEPTION 'a run spends it' USING ERRCODE = 'RP409'; END IF;",
                    ]
                },
            ),
        ),
        Grants("retention_retentionrun"),
        Guarded(
            "retention_retentionrun",
            Guard(
                created=["started_at"],
                companions={"ended_at": ["Completed", "FoundWanting", "Interrupted"]},
                frozen=[
                    "id", "tenant_id", "as_of", "dry_run", "only_tenant", "only_class",
                    "exception_id", "started_by_kind", "started_by_label",
                ],
                edges=edges(RetentionRun.TRANSITIONS),
                initial=["Running"],
                checks={
                    "insert": [
                        "IF NEW.exception_id IS NOT NULL AND NOT EXISTS (SELECT "
                        "FROM public.retention_governanceexception e "
                        "WHERE e.id = NEW.exception_id AND e.tenant_id = NEW.only_tenant "
                        "AND e.data_class = NEW.only_class AND e.status = 'Approved' "
                        "AND e.lapses_at > pg_catalog.clock_timestamp()) THEN",
                        "RAISE EXCEPTION 'no exception by which that run may go' "
                        "USING ERRCODE = 'RP409'; END IF;",
                    ]
                },
            ),
        ),
        Sql(spending),
    ]
