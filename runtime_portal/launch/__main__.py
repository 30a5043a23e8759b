"""`python -m runtime_portal.launch run`."""

from __future__ import annotations

import argparse
import os
import sys

from runtime_portal.launch.problem import Problem, one_line
from runtime_portal.launch.run import run


def main() -> int:
    """Whatever stops a start is one line on stderr."""
    parser = argparse.ArgumentParser(prog="python -m runtime_portal.launch")
    parser.add_argument("command", choices=["run"], help="serve until Ctrl-C")
    parser.add_argument(
        "--until-parent-ends", action="store_true", help="stop when the calling process is gone"
    )
    arguments = parser.parse_args()
    try:
        return run(dict(os.environ), until_parent_ends=arguments.until_parent_ends)
    except Problem as problem:
        print(problem, file=sys.stderr)
        return problem.code
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"{where}{one_line(error)}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
