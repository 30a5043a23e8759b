"""Ways to delete early or to dodge the clock. Each is a list of statements, tried one by one.

`{s}` services, `{p}` their policies, `{d}` deployments, `{st}` steps, `{pr}` products,
`{c}` configurations, `{h}` health results, `{rest}` their part for days gone by, `{day}` that of
today, `{f}` findings, `{cov}` coverage, `{t}` search terms of one tenant; `{id}`, `{did}`, `{cid}`
one row of each that is not due; `{schema}`, `{tenant}`, `{other}` another tenant; `{steward}`,
`{owner}` roles.
"""

FUTURE = "SET LOCAL app.as_of = '2999-01-01Z'"

# By both logins. The setting names the rows first, or nothing would be tried.
BOTH = {
    "plain": ["DELETE FROM {s} WHERE id = '{id}'"],
    "everything": ["DELETE FROM {p}", "DELETE FROM {s}", "DELETE FROM {pr}", "DELETE FROM {st}",
                   "DELETE FROM {d}", "DELETE FROM {c}", "DELETE FROM {h}", "DELETE FROM {f}",
                   "DELETE FROM {cov}"],
    "only": ["DELETE FROM ONLY {s} WHERE id = '{id}'"],
    "returning": ["DELETE FROM {s} WHERE id = '{id}' RETURNING id"],
    "using": ["DELETE FROM {p} x USING {s} s WHERE s.id = x.service_id"],
    "using itself": ["DELETE FROM {s} a USING {s} b WHERE a.id = b.id"],
    "in a cte": ["WITH gone AS (DELETE FROM {p} RETURNING service_id) "
                 "DELETE FROM {s} WHERE id IN (SELECT service_id FROM gone)"],
    "cte that reads": ["WITH old AS MATERIALIZED (SELECT id FROM {s}) "
                       "DELETE FROM {s} WHERE id IN (SELECT id FROM old)"],
    "merge": ["MERGE INTO {s} t USING (SELECT '{id}'::uuid AS id) x ON t.id = x.id "
              "WHEN MATCHED THEN DELETE"],
    "by a cursor": ["DECLARE c CURSOR FOR SELECT id FROM {s} WHERE id = '{id}'", "FETCH c",
                    "DELETE FROM {s} WHERE CURRENT OF c"],
    "prepared": ["PREPARE gone AS DELETE FROM {s} WHERE id = $1", "EXECUTE gone ('{id}')",
                 "DEALLOCATE gone"],
    "on conflict": ["INSERT INTO {s} SELECT * FROM {s} WHERE id = '{id}' ON CONFLICT (id) DO "
                    "UPDATE SET retired_at = '2001-01-01Z'"],
    "truncate": ["TRUNCATE {s} CASCADE", "TRUNCATE {d} CASCADE", "TRUNCATE {p}"],
    "drop": ["DROP TABLE {p}", "DROP TABLE {s} CASCADE", "DROP SCHEMA \"{schema}\" CASCADE"],
    "detach": ["ALTER TABLE {s} DETACH PARTITION {p}"],
    "inherit": ["ALTER TABLE {s} INHERIT {p}"],
    "rename": ["ALTER TABLE {s} RENAME TO gone"],
    "no row security": ["ALTER TABLE {s} DISABLE ROW LEVEL SECURITY",
                        "ALTER TABLE {s} NO FORCE ROW LEVEL SECURITY"],
    "row security off": ["SET LOCAL row_security = off", "DELETE FROM {s} WHERE id = '{id}'"],
    "no policy": ["DROP POLICY steward_delete ON {s}",
                  "ALTER POLICY steward_delete ON {s} USING (true)",
                  "CREATE POLICY mine ON {s} FOR DELETE TO {steward} USING (true)"],
    "no trigger": ["ALTER TABLE {s} DISABLE TRIGGER ALL", "DROP TRIGGER guard ON {s}"],
    "no key": ["ALTER TABLE {p} DROP CONSTRAINT scaling_policies_scalingpolicy_service_id_fk"],
    "set role": ["SET LOCAL ROLE {owner}", "DELETE FROM {s} WHERE id = '{id}'"],
    "session authorization": ["SET SESSION AUTHORIZATION {owner}"],
    "replica": ["SET LOCAL session_replication_role = replica"],
    "a function of one's own": ["CREATE FUNCTION app.going(text, text) RETURNS uuid[] "
                                "LANGUAGE sql AS 'SELECT ARRAY[1]'",
                                "CREATE OR REPLACE FUNCTION app.decision_time() "
                                "RETURNS timestamptz LANGUAGE sql AS "
                                "'SELECT now() + interval ''9 years'''"],
    "an operator of one's own": ["CREATE SCHEMA mine", "CREATE TEMP TABLE mine (id uuid)"],
    "a path of one's own": ["SET LOCAL search_path = pg_temp, \"{schema}\", public",
                            "DELETE FROM {s} WHERE id = '{id}'"],
    "an anonymous block": ["DO $$ BEGIN DELETE FROM {s} WHERE id = '{id}'; END $$"],
    "as of the future": [FUTURE, "DELETE FROM {s} WHERE id = '{id}'"],
    "as of infinity": ["SET LOCAL app.as_of = 'infinity'", "DELETE FROM {s} WHERE id = '{id}'"],
    "as of nonsense": ["SET LOCAL app.as_of = 'tomorrow or so'",
                       "DELETE FROM {s} WHERE id = '{id}'"],
    "a clock of one's own": ["SET LOCAL app.clock = '2001-01-01Z'",
                             "SET LOCAL app.moves_clocks = 'on'",
                             "UPDATE {s} SET retired_at = '2001-01-01Z' WHERE id = '{id}'",
                             "DELETE FROM {s} WHERE id = '{id}'"],
    "the clock moved": ["UPDATE {s} SET retired_at = retired_at - interval '1 year'",
                        "UPDATE {d} SET finished_at = '2001-01-01Z'",
                        "UPDATE {c} SET created_at = '2001-01-01Z', superseded_at = NULL",
                        "UPDATE {st} SET finished_at = NULL"],
    "to another tenant": ["UPDATE {s} SET tenant_id = '{other}' WHERE id = '{id}'"],
    "under another id": ["UPDATE {s} SET id = gen_random_uuid() WHERE id = '{id}'"],
    "to another environment": ["UPDATE {s} SET environment_id = gen_random_uuid()"],
    "by the status": ["UPDATE {s} SET status = 'Pending' WHERE id = '{id}'",
                      "UPDATE {d} SET status = 'Requested' WHERE id = '{did}'"],
    "shorter windows": ["UPDATE retention_retentionpolicy SET days = 1",
                        "DELETE FROM retention_retentionpolicy",
                        "INSERT INTO retention_retentionpolicy (id, tenant_id, data_class, version,"
                        " days, reason, set_by_label) VALUES (gen_random_uuid(), '{tenant}', "
                        "'retired-service', 7, 90, 'r', 'x')"],
    "another isolation": ["SELECT app.going('{schema}', 'retired-service')",
                          "DELETE FROM {s} WHERE id = '{id}'"],
    "a mistyped class": ["SELECT * FROM app.why('{schema}', 'retired_service')",
                         "SELECT app.unheld('{schema}', 'everything')"],
    "another tenant entered": ["SET LOCAL app.tenant_id = '{other}'",
                               "DELETE FROM {s} WHERE id = '{id}'"],
    "no tenant entered": ["SET LOCAL app.tenant_id = ''", "DELETE FROM {s} WHERE id = '{id}'"],
    "the platform entered": ["SET LOCAL app.tenant_id = 'platform'",
                             "DELETE FROM {s} WHERE id = '{id}'"],
    "the parts of a deployment": ["DELETE FROM {st} WHERE deployment_id = '{did}'",
                                  "DELETE FROM {pr} WHERE deployment_id = '{did}'",
                                  "DELETE FROM {p} WHERE service_id = '{id}'"],
    "a configuration": ["DELETE FROM {c} WHERE id = '{cid}'"],
    "health results": ["DELETE FROM {h}", "DELETE FROM {rest}", "TRUNCATE {rest}",
                       "DROP TABLE {rest}", "ALTER TABLE {h} DETACH PARTITION {rest}",
                       "UPDATE {h} SET checked_at = '2001-01-01Z'"],
    "findings": ["DELETE FROM {f}", "UPDATE {f} SET resolved_at = '2001-01-01Z'",
                 "UPDATE {f} SET status = 'Open'", "DELETE FROM {cov}"],
    "a rule": ["CREATE RULE gone AS ON SELECT TO {s} DO INSTEAD DELETE FROM {s}"],
    "a view": ["CREATE VIEW public.gone AS SELECT * FROM {s}"],
    "copied over": ["COPY {s} FROM PROGRAM 'true'"],
    "vacuumed": ["VACUUM FULL {s}"],
    "by the lock alone": ["SELECT app.shares_retention()", "DELETE FROM {s} WHERE id = '{id}'"],
}  # fmt: skip

# By the steward alone: runtime replaces copies whenever their source changes.
COPIES = ["DELETE FROM {t}", "DELETE FROM {t} WHERE object_id = '{id}'",
          "UPDATE {t} SET object_id = '{did}'", "UPDATE {t} SET object_type = 'deployment'",
          "TRUNCATE {t}"]  # fmt: skip

# The part of one day, by its own name and through its parent.
A_DAY = [
    "DELETE FROM {day}", "TRUNCATE {day}", "DROP TABLE {day}",
    "ALTER TABLE {h} DETACH PARTITION {day}",
    "ALTER TABLE {day} NO INHERIT {h}", "ALTER TABLE {day} DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE {day} RENAME TO gone", "DROP POLICY owner ON {day}",
    "UPDATE {day} SET checked_at = '2001-01-01Z'",
]  # fmt: skip
