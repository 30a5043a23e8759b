#!/usr/bin/env python
"""Runtime Portal's commands."""

import os
import sys
from pathlib import Path

from runtime_portal.launch.shell import take

if __name__ == "__main__":
    take(Path(__file__).resolve().parent)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "runtime_portal.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
