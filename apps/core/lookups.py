"""`__prefix`: the leakproof way to ask for a beginning.

LIKE is not leakproof, so under row security PostgreSQL asks the policy before it and cannot
use an index for it; `^@` (starts_with) is, and uses a btree under the collation C.
"""

from typing import Any

from django.db.models import Lookup


class Prefix(Lookup):
    lookup_name = "prefix"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"{left} ^@ {right}", (*left_params, *right_params)
