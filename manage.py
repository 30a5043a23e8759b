#!/usr/bin/env python
"""Runtime Portal's commands."""

import os
import sys
from pathlib import Path

from runtime_portal.launch.shell import take

# What is checked with a file and a public key alone: by whoever has no portal, too.
WITHOUT_DATABASE = {"verify_certificate"}

if __name__ == "__main__":
    take(Path(__file__).resolve().parent)
    if WITHOUT_DATABASE & set(sys.argv[1:2]):
        os.environ.setdefault("PORTAL_NO_DATABASE", "1")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "runtime_portal.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
