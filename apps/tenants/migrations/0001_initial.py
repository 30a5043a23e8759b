import apps.core.ids
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import django_tenants.postgresql_backend.base
from django.db import migrations, models
from apps.core.walls.guards import Guard
from apps.core.walls.operations import Guarded, Sql, Walls
from apps.tenants.first_rows import platform


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('core', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Tenant',
            fields=[
                ('tenant_id', models.CharField(max_length=40, primary_key=True, serialize=False, verbose_name='tenant')),
                ('name', models.CharField(max_length=120)),
                ('status', models.CharField(choices=[('Active', 'Active'), ('Leaving', 'Leaving'), ('Closed', 'Closed')], default='Active', max_length=16)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
            options={
                'ordering': ['tenant_id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('tenant_id__regex', '^[a-z][a-z0-9-]{1,38}[a-z0-9]$')), name='tenant_slug'), models.CheckConstraint(condition=models.Q(('status__in', ['Active', 'Leaving', 'Closed'])), name='tenant_status')],
            },
        ),
        migrations.CreateModel(
            name='Vault',
            fields=[
                ('name', models.CharField(max_length=80, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='vaults', to='tenants.tenant')),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='DataPartition',
            fields=[
                ('schema_name', models.CharField(db_index=True, max_length=63, unique=True, validators=[django_tenants.postgresql_backend.base._check_schema_name])),
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('migrated_to', models.CharField(blank=True, max_length=64)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='partitions', to='tenants.tenant')),
            ],
            options={
                'ordering': ['schema_name'],
                'constraints': [models.CheckConstraint(condition=models.Q(('schema_name', django.db.models.functions.text.Concat(models.Value('silo_'), 'tenant')), ('schema_name', django.db.models.functions.text.Concat(models.Value('pool_'), 'tenant')), models.Q(('schema_name', 'shared'), ('tenant', 'platform')), _connector='OR'), name='partition_name')],
            },
        ),
        *[
            operation
            for table, guard in (
                (
                    "tenants_tenant",
                    Guard(
                        created=["created_at"],
                        frozen=["tenant_id"],
                        edges=[("Active", "Leaving"), ("Leaving", "Closed")],
                        initial=["Active"],
                    ),
                ),
                (
                    "tenants_datapartition",
                    Guard(created=["created_at"], frozen=["id", "tenant_id", "schema_name"]),
                ),
                ("tenants_vault", Guard(created=["created_at"], frozen=["name", "tenant_id"])),
            )
            for operation in (Walls(table), Guarded(table, guard))
        ],
        Sql(platform),
    ]
