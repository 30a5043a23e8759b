"""The second form, for many machines: the decision row by row, and no sub-select."""

from psycopg import sql

from apps.core.walls.policies import table_policies
from tests.isolation.logins import connect, role, stand
from tests.isolation.scratch import put_services, scratch
from tests.retention.ages import SERVICES, aged


def test_it_lets_go_what_the_plain_form_lets_go(committed: None) -> None:
    found = aged()
    cart = found.retire("cart")
    with scratch() as (owner, schema):
        policies = table_policies(found.schema, SERVICES, "citus")
        target = put_services(owner, schema, [found.tenant], policies)
        for what in (f"USAGE ON SCHEMA {schema}", f"SELECT, DELETE ON {target}"):
            owner.execute(f"GRANT {what} TO {role('steward')}".encode())
        delete = sql.SQL("DELETE FROM {} WHERE id = %s").format(sql.SQL(target))  # type: ignore[arg-type]
        # The copy has the clock of the row; the decision asks the row itself.
        for age, gone in (("89 days", 0), ("91 days", 1)):
            found.age(SERVICES, age, "retired_at IS NOT NULL")
            with connect("steward") as steward:
                stand(steward, found.slug)
                assert steward.execute(delete, [cart]).rowcount == gone
                steward.rollback()
        with connect("steward") as steward:
            steward.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            stand(steward, found.slug)
            assert steward.execute(delete, [cart]).rowcount == 0
            steward.rollback()
