import apps.core.access
import apps.core.ids
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models
from apps.core.walls.guards import Guard
from apps.core.walls.operations import Guarded, Walls


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('tenants', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Person',
            fields=[
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('email', models.EmailField(max_length=254, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('is_active', models.BooleanField(default=True)),
                ('time_zone', models.CharField(default='UTC', max_length=64)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
            options={
                'verbose_name_plural': 'people',
                'ordering': ['email'],
                'constraints': [models.CheckConstraint(condition=models.Q(('email', django.db.models.functions.text.Lower(models.F('email')))), name='person_email_lower')],
            },
        ),
        migrations.CreateModel(
            name='ApiClient',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=120)),
                ('token_hash', models.BinaryField(max_length=32, unique=True)),
                ('prefix', models.CharField(max_length=16)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=64), size=None)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('expires_at', models.DateTimeField(null=True)),
                ('revoked_at', models.DateTimeField(editable=False, null=True)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='api_clients', to='tenants.tenant')),
            ],
            options={
                'verbose_name': 'API client',
                'ordering': ['tenant', 'name', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.UUIDField(default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('role', models.CharField(choices=[('tenant-viewer', 'tenant-viewer'), ('tenant-operator', 'tenant-operator'), ('tenant-admin', 'tenant-admin'), ('tenant-auditor', 'tenant-auditor'), ('platform-viewer', 'platform-viewer'), ('platform-admin', 'platform-admin'), ('governance-officer', 'governance-officer')], max_length=32)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('ended_at', models.DateTimeField(editable=False, null=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to=settings.AUTH_USER_MODEL)),
                ('tenant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='tenants.tenant')),
            ],
            options={
                'ordering': ['tenant', 'role', 'id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('tenant', 'person', 'role'), name='membership_once'), models.UniqueConstraint(condition=models.Q(('ended_at', None), ('role__in', [apps.core.access.Role['PLATFORM_ADMIN'], apps.core.access.Role['GOVERNANCE_OFFICER']])), fields=('tenant', 'person'), name='membership_admin_or_officer'), models.CheckConstraint(condition=models.Q(models.Q(('role__in', (apps.core.access.Role['PLATFORM_VIEWER'], apps.core.access.Role['PLATFORM_ADMIN'], apps.core.access.Role['GOVERNANCE_OFFICER'])), ('tenant', 'platform')), models.Q(models.Q(('tenant', 'platform'), _negated=True), ('role__in', [apps.core.access.Role['TENANT_VIEWER'], apps.core.access.Role['TENANT_OPERATOR'], apps.core.access.Role['TENANT_ADMIN'], apps.core.access.Role['TENANT_AUDITOR']])), _connector='OR'), name='membership_role_place')],
            },
        ),
        Guarded("people_person", Guard(created=["created_at"], frozen=["id"])),
        Walls("people_membership"),
        Guarded(
            "people_membership",
            Guard(
                created=["created_at"],
                frozen=["id", "tenant_id", "person_id", "role"],
                once=["ended_at"],
            ),
        ),
        Walls("people_apiclient", later=["last_used_at"]),
        Guarded(
            "people_apiclient",
            Guard(
                created=["created_at"],
                frozen=["id", "tenant_id", "token_hash", "prefix", "scopes"],
                once=["revoked_at"],
            ),
        ),
    ]
