"""Django settings, twelve-factor: a missing or malformed variable is named in one line."""

import os
import re
import sys
from pathlib import Path
from typing import Any

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

BASE_DIR = Path(__file__).resolve().parent.parent


def _stop(message: str) -> None:
    sys.stderr.write(f"runtime-portal: {message}\n")
    raise SystemExit(2)


def _flag(name: str, default: bool = False) -> bool:
    value = os.environ.get(name, "").strip().lower()
    if value not in ("", "0", "1", "true", "false", "yes", "no", "on", "off"):
        _stop(f"{name} must be true or false, not '{value}'.")
    return value in ("1", "true", "yes", "on") if value else default


def _number(name: str, default: int) -> int:
    value = os.environ.get(name, "") or str(default)
    if not value.isdigit():
        _stop(f"{name} must be a whole number, not '{value}'.")
    return int(value)


# Lint, type checks and makemigrations need no database: they never connect.
_NO_DATABASE = "postgresql://portal_runtime@/portal?host=/nonexistent"


def _database(name: str) -> dict[str, Any] | None:
    url = os.environ.get(name, "")
    if not url:
        return None
    if not url.startswith(("postgres://", "postgresql://")):
        _stop(f"{name} must be a postgresql:// URL.")
    try:
        parts: dict[str, Any] = conninfo_to_dict(url)
    except ProgrammingError as error:
        _stop(f"{name} is malformed: {str(error).splitlines()[0].split(':')[0]}.")
    if not parts.get("dbname") or not parts.get("user"):
        _stop(f"{name} must name a user and a database.")
    return {
        "ENGINE": "apps.tenants.postgresql",
        "NAME": parts.pop("dbname"),
        "USER": parts.pop("user"),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "OPTIONS": parts,
        # A pooler in transaction mode keeps no cursor and no session between transactions.
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "CONN_MAX_AGE": 0,
    }


DEBUG = _flag("DEBUG")
CITUS = _flag("CITUS")
SECRET_KEY = os.environ.get("SECRET_KEY", "")
STATE_DIR = Path(os.environ.get("STATE_DIR", "") or BASE_DIR / ".state").absolute()
ALLOWED_HOSTS = [h for h in os.environ.get("ALLOWED_HOSTS", "").split(",") if h] or [
    "127.0.0.1", "localhost", "[::1]",
]  # fmt: skip

if not os.environ.get("DATABASE_URL"):
    if not os.environ.get("PORTAL_NO_DATABASE"):
        _stop("DATABASE_URL is missing: the runtime login, postgresql://user:password@host/name.")
    os.environ["DATABASE_URL"] = _NO_DATABASE
    SECRET_KEY = SECRET_KEY or "no-database-no-sessions"
if not SECRET_KEY:
    _stop("SECRET_KEY is missing: 50 random characters that stay the same.")

DATABASES: dict[str, dict[str, Any]] = {}
for _alias, _name in (
    ("default", "DATABASE_URL"),
    ("owner", "DATABASE_OWNER_URL"),
    ("steward", "DATABASE_STEWARD_URL"),
):
    if _found := _database(_name):
        DATABASES[_alias] = _found
if CITUS:
    DATABASES["default"]["OPTIONS"]["options"] = "-c citus.propagate_set_commands=local"
if _size := _number("DATABASE_POOL_SIZE", 0):
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": _size, "timeout": 10}

# How many web processes share the work (gunicorn's own variable; `make run` starts two): each has
# its part of a rate.
WEB_PROCESSES = max(_number("WEB_CONCURRENCY", 2), 1)

# Names of the three logins. Roles are cluster-wide, so two portals on one server differ in them.
DATABASE_ROLES = {
    "runtime": os.environ.get("RUNTIME_ROLE") or DATABASES["default"]["USER"],
    "owner": os.environ.get("OWNER_ROLE")
    or (DATABASES["owner"]["USER"] if "owner" in DATABASES else "portal_owner"),
    "steward": os.environ.get("STEWARD_ROLE")
    or (DATABASES["steward"]["USER"] if "steward" in DATABASES else "portal_steward"),
}
for _role in DATABASE_ROLES.values():
    if '"' in _role or "'" in _role or "{" in _role:
        _stop("names of database roles may not contain quotes or braces.")

SHARED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "runtime_portal.apps.PortalAdminConfig",
    "django_tenants",  # after the admin, whose index it would replace
    "django.contrib.postgres",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "django_htmx",
    "template_partials",
    "csp",
    "procrastinate.contrib.django",
    "apps.core",
    "apps.tenants",
    "apps.people",
    "apps.environments",
    "apps.tenant_bindings",
    "apps.freezes",
    "apps.retention",
    "apps.upkeep",
    "apps.api",
    "apps.overview",
]
TENANT_APPS = [
    "apps.core",
    "apps.search",
    "apps.quotas",
    "apps.configurations",
    "apps.deployments",
    "apps.services",
    "apps.scaling_policies",
    "apps.health_results",
    "apps.drift_findings",
]
INSTALLED_APPS = [
    *SHARED_APPS,
    *[app for app in TENANT_APPS if app not in SHARED_APPS],
    "apps.integrations",
    "apps.audit_trail",
    "runtime_portal",
]
if _flag("PORTAL_LINT"):
    INSTALLED_APPS.append("django_linear_migrations")

TENANT_MODEL = "tenants.DataPartition"
TENANT_DOMAIN_MODEL = "tenants.DataPartition"  # no domains: partitions are found by their binding
TENANT_DB_ALIAS = "owner"
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter", "apps.core.door.LoginRouter"]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "runtime_portal.middleware.RequestIdMiddleware",
    "runtime_portal.observe.ObserveMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "runtime_portal.middleware.TimeZoneMiddleware",
    "apps.tenant_bindings.middleware.DoorMiddleware",
]

ROOT_URLCONF = "runtime_portal.urls"
WSGI_APPLICATION = "runtime_portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "runtime_portal.console.frame",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"

AUTH_USER_MODEL = "people.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "apps.people.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True

LANGUAGE_CODE = "en"
FORMAT_MODULE_PATH = "runtime_portal.formats"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "runtime_portal" / "static"]
STATIC_ROOT = STATE_DIR / "static"
WHITENOISE_USE_FINDERS = DEBUG
STEP_LOG_CONTAINER = os.environ.get("STEP_LOG_CONTAINER") or "step-logs"
if not re.fullmatch(r"(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*", STEP_LOG_CONTAINER):
    _stop("STEP_LOG_CONTAINER must be 3 to 63 lower-case letters, digits and single hyphens.")


def _step_logs() -> dict[str, dict[str, Any]]:
    """Step logs: files by default, Azure Blob by setting.

    In Azure two credentials: what creates and reads (the web's), and what alone tiers and deletes.
    A process without the steward's has no `steward_step_logs`.
    """
    given = {
        "step_logs": os.environ.get("AZURE_STORAGE_CONNECTION_STRING", ""),
        "steward_step_logs": os.environ.get("STEWARD_AZURE_STORAGE_CONNECTION_STRING", ""),
    }
    if not any(given.values()):
        files = {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {
                "location": STATE_DIR / "step-logs",
                "allow_overwrite": False,
                "file_permissions_mode": 0o600,
                "directory_permissions_mode": 0o700,
            },
        }
        return dict.fromkeys(given, files)
    if not given["step_logs"]:
        _stop("AZURE_STORAGE_CONNECTION_STRING is missing: the steward's alone writes no logs.")
    if given["step_logs"] == given["steward_step_logs"]:
        _stop("STEWARD_AZURE_STORAGE_CONNECTION_STRING must be another credential than the web's.")
    for name, value in given.items():
        if value and "=" not in value:
            _stop(f"{name}: an Azure connection string is name=value;name=value.")
    return {
        name: {
            "BACKEND": "apps.deployments.log_storage.AzureLogs",
            "OPTIONS": {
                "connection_string": value,
                "azure_container": STEP_LOG_CONTAINER,
                "overwrite_files": False,
            },
        }
        for name, value in given.items()
        if value
    }


STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or os.environ.get("PORTAL_NO_MANIFEST")
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
    **_step_logs(),
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
    }
}
CSRF_FAILURE_VIEW = "runtime_portal.console.form_expired"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _flag("SECURE_COOKIES")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"

# Letters: into files unless told; a server by EMAIL_HOST, another way by EMAIL_BACKEND.
EMAIL_HOST = os.environ.get("EMAIL_HOST", "")
EMAIL_PORT = _number("EMAIL_PORT", 25)
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = _flag("EMAIL_USE_TLS")
EMAIL_TIMEOUT = 5  # seconds; a transaction is open meanwhile
EMAIL_BACKEND = os.environ.get("EMAIL_BACKEND") or (
    f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'filebased'}.EmailBackend"
)
EMAIL_FILE_PATH = STATE_DIR / "mail"
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL") or "runtime-portal@localhost"

# What a viewset does not say itself refuses: nothing is open by an oversight.
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["apps.api.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["apps.api.parsers.JsonParser"],
    "EXCEPTION_HANDLER": "apps.api.problems.handle",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Runtime Portal",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": "/v1/runtime",
    # Choices that stand under several names, or under one with others.
    "ENUM_NAME_OVERRIDES": {
        "DeploymentStatusEnum": "apps.deployments.models.DeploymentStatus",
        "HealthStatusEnum": "apps.health_results.models.HealthStatus",
    },
    "PREPROCESSING_HOOKS": ["apps.api.schema.only_the_api"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums", "apps.api.schema.finish",
    ],
}  # fmt: skip

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATA_UPLOAD_MAX_MEMORY_SIZE = 40 * 1024 * 1024

# Schemas that the upkeep keeps ready for the next partitions.
SPARE_PARTITIONS = _number("SPARE_PARTITIONS", 2)

# Younger than this, a Healthy result lets a deployment pass its gate.
HEALTH_GATE_SECONDS = _number("HEALTH_GATE_SECONDS", 300)
# After so many hours the last drift check says nothing of today any more.
DRIFT_STALE_AFTER_HOURS = _number("DRIFT_STALE_AFTER_HOURS", 24)

# Signs the certificates of retention runs (Ed25519): the worker's and the shell's, never the web's.
CERTIFICATE_SIGNING_KEY = os.environ.get("CERTIFICATE_SIGNING_KEY", "")
if CERTIFICATE_SIGNING_KEY and not re.fullmatch("[0-9a-f]{64}", CERTIFICATE_SIGNING_KEY):
    _stop("CERTIFICATE_SIGNING_KEY must be 64 hexadecimal characters (0-9a-f).")

# Whoever scrapes /metrics shows it; without one only this machine may.
METRICS_TOKEN = os.environ.get("METRICS_TOKEN", "")
if METRICS_TOKEN and not re.fullmatch("[!-~]{16,}", METRICS_TOKEN):
    _stop("METRICS_TOKEN must be 16 or more printable characters without spaces.")

PROCRASTINATE_DATABASE_ALIAS = "default"
# Where health results go as metrics, and spans, by OTLP over HTTP; "" is nowhere.
OTEL_EXPORTER_OTLP_ENDPOINT = os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or ""

# When the worker does its upkeep: as cron says it, in UTC, each by a setting of its own. What was
# missed while no worker ran is done once when one is there again.
CADENCES = {
    name: os.environ.get(f"CADENCE_{name.upper()}") or cron
    for name, cron in {
        "check_step_logs": "41 4 * * *",
        "count_fleet": "*/5 * * * *",
        "count_backlog": "53 * * * *",
        "drop_empty_partitions": "11 5 * * *",
        "forget_answers": "37 * * * *",
        "forget_slots": "17 * * * *",
        "expire_invitations": "7 * * * *",
        "keep_spare_partitions": "* * * * *",
        "make_days": "7 * * * *",
        "roll_up_retention": "53 */3 * * *",
        # Twice a day: what is due has gone long before 48 hours.
        "run_retention": "23 2,14 * * *",
    }.items()
}
PROCRASTINATE_PERIODIC_DEFAULTS = {"max_delay": 366 * 24 * 3600}
SILENCED_SYSTEM_CHECKS: list[str] = []

# One JSON object a line for machines, or text (with the whole way of an error) for a developer.
LOG_FORMAT = os.environ.get("LOG_FORMAT") or ("text" if DEBUG else "json")
if LOG_FORMAT not in ("json", "text"):
    _stop(f"LOG_FORMAT must be json or text, not '{LOG_FORMAT}'.")
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
        "json": {"()": "runtime_portal.logs.JsonLines"},
    },
    "filters": {
        "refusals": {"()": "runtime_portal.logs.RefusalsInALine"},
        "paths": {"()": "runtime_portal.logs.WithoutPaths"},
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
            "filters": ["refusals", "paths"],
        }
    },
    "root": {"handlers": ["stderr"], "level": os.environ.get("LOG_LEVEL", "WARNING")},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        "runtime_portal": {"level": "INFO"},
        "gunicorn.error": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
    },
}
