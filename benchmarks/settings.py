"""The portal's own settings, with the page that knows no tenancy beside the portal's."""

from runtime_portal.settings import *  # noqa: F403  (whatever the portal has, unchanged)

ROOT_URLCONF = "benchmarks.urls"
ALLOWED_HOSTS = ["testserver", "127.0.0.1"]

# What is measured makes its own: otherwise a spare of the upgrade would be taken unasked.
SPARE_PARTITIONS = 0
