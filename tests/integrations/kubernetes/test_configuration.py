import json
from typing import Any

import pytest

from apps.integrations.kubernetes.records import Source
from apps.integrations.kubernetes.release import read_release

from .manifests import config_map, items, reasons, release, workload


def container(**parts: Any) -> dict[str, Any]:
    return dict(release(workload(container=parts)).configuration["services"]["api"])


def secret(name: str, **parts: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}} | parts


def test_plain_variables_are_kept_and_secret_ones_are_references() -> None:
    env = [
        {"name": "PORT", "value": "8080"},
        {"name": "EMPTY"},
        {"name": "DB_PASSWORD", "value": "hunter2"},
        {"name": "DB_URL", "value": "postgres://$(USER):$(DB_PASSWORD)@db/x"},
        {"name": "CACHE", "value": "redis://:hunter2@cache"},
    ]
    found = release(workload(container={"env": env}))
    assert found.configuration["services"]["api"]["env"] == {
        "PORT": "8080",
        "EMPTY": "",
        "DB_PASSWORD": {"secretRef": "kv://acme/api-db-password"},
        "DB_URL": "postgres://$(USER):$(DB_PASSWORD)@db/x",
        "CACHE": {"secretRef": "kv://acme/api-cache"},
    }
    assert found.secret_refs == ("kv://acme/api-cache", "kv://acme/api-db-password")


def test_variables_from_elsewhere_say_from_where() -> None:
    origins = {
        "A": {"secretKeyRef": {"name": "db.creds", "key": "pass_word"}},
        "B": {"configMapKeyRef": {"name": "settings", "key": "b"}},
        "C": {"fieldRef": {"fieldPath": "status.podIP"}},
        "D": {"resourceFieldRef": {"resource": "limits.cpu"}},
    }
    env = [{"name": name, "valueFrom": origin} for name, origin in origins.items()]
    assert container(env=env)["env"] == {
        "A": {"secretRef": "kv://acme/db-creds-pass-word"},
        "B": {"configMapRef": {"name": "settings", "key": "b"}},
        "C": {"fieldRef": "status.podIP"},
        "D": {"resourceFieldRef": "limits.cpu"},
    }


@pytest.mark.parametrize("value", [8080, True, 1.5, ["a"], {"a": "b"}])
def test_a_variable_that_is_not_quoted_is_left_out_and_listed(value: object) -> None:
    env = [{"name": "PORT", "value": value}, {"name": "HOST", "value": "a"}]
    found = release(workload(container={"env": env}))
    assert found.configuration["services"]["api"]["env"] == {"HOST": "a"}
    reason = "Variable PORT: value is not text: it has to be quoted. It is left out."
    assert reasons(found) == [("api", reason)]


def test_a_secret_that_was_not_read_is_one_reference() -> None:
    sources = [
        {"configMapRef": {"name": "settings"}},
        {"secretRef": {"name": "elsewhere"}, "prefix": "X_"},
    ]
    assert container(envFrom=sources)["envFrom"] == [
        {"configMapRef": "settings"},
        {"secretRef": "kv://acme/elsewhere", "prefix": "X_"},
    ]


def test_a_secret_gives_the_names_of_its_keys_and_nothing_else() -> None:
    kept = secret("db", data={"user": "aHVudGVyMg=="}, stringData={"PASS": "hunter2"})
    api = workload(container={"envFrom": [{"secretRef": {"name": "db"}, "prefix": "DB_"}]})
    found = release(items(kept, api))
    assert found.secret_refs == ("kv://acme/db-pass", "kv://acme/db-user")
    env = found.configuration["services"]["api"]["env"]
    assert env["DB_PASS"] == {"secretRef": "kv://acme/db-pass"}
    written = json.dumps(found.configuration)
    assert "hunter2" not in written
    assert "aHVudGVyMg" not in written


def test_the_clusters_own_bookkeeping_is_passed_over() -> None:
    found = release(
        items(
            secret("sh.helm.release.v1.shop.v7", type="helm.sh/release.v1", data={"release": "x"}),
            config_map("kube-root-ca.crt", **{"ca.crt": "x"}),
        )
    )
    assert (found.secret_refs, found.not_understood) == ((), ())
    assert found.configuration["configMaps"] == {}


def test_a_file_that_holds_a_password_is_a_reference_as_a_whole() -> None:
    found = release(
        config_map(
            **{"app.yaml": "db:\n  password: hunter2\n", "ok.conf": "a = b\n", "API_KEY": "k"}
        )
    )
    assert found.configuration["configMaps"]["settings"] == {
        "app.yaml": {"secretRef": "kv://acme/settings-app-yaml"},
        "ok.conf": "a = b\n",
        "API_KEY": {"secretRef": "kv://acme/settings-api-key"},
    }


def test_binary_and_unquoted_values_of_a_config_map_are_listed() -> None:
    found = release(config_map(a="1", b=2) | {"binaryData": {"c": "aGk="}})
    assert found.configuration["configMaps"]["settings"] == {"a": "1"}
    assert [reason for _, reason in reasons(found)] == [
        "Key b: b is not text: it has to be quoted. It is left out.",
        "Key c is binary. It is left out.",
    ]


@pytest.mark.parametrize(
    ("arguments", "kept"),
    [
        (["--port=80", "-v"], ["--port=80", "-v"]),
        (["--password", "hunter2"], ["--password", {"secretRef": "kv://acme/api-password"}]),
        (["--api-key=hunter2"], [{"secretRef": "kv://acme/api-api-key"}]),
        (["--password", "--next"], ["--password", "--next"]),
        (["--requirepass", "$(PW)"], ["--requirepass", "$(PW)"]),
        (["-c", "PGPASSWORD=hunter2 psql"], ["-c", {"secretRef": "kv://acme/api-args-2"}]),
    ],
)
def test_arguments_that_hold_a_secret_are_references(arguments: list[str], kept: list[Any]) -> None:
    assert container(args=arguments)["args"] == kept


def test_ports_are_sorted_and_quantities_are_text() -> None:
    kept = container(
        ports=[{"containerPort": 90}, {"containerPort": 80, "name": "http"}],
        resources={"limits": {"cpu": 1, "memory": 0.5}, "requests": {"cpu": "100m"}},
    )
    assert kept["ports"] == [
        {"containerPort": 80, "protocol": "TCP", "name": "http"},
        {"containerPort": 90, "protocol": "TCP"},
    ]
    assert kept["resources"] == {
        "limits": {"cpu": "1", "memory": "0.5"},
        "requests": {"cpu": "100m"},
    }


@pytest.mark.parametrize(
    "part",
    [
        *({"ports": [{"containerPort": "80"}]}, {"ports": [{"containerPort": 70_000}]}),
        *({"resources": {"limits": {"cpu": "lots"}}}, {"args": "text"}, {"command": [1]}),
        *({"envFrom": ["a"]}, {"env": {"A": "b"}}),
    ],
)
def test_a_part_that_cannot_be_read_is_listed_and_the_service_stays(part: dict[str, Any]) -> None:
    found = release(workload(container=part))
    assert len(found.services) == 1
    ((name, reason),) = reasons(found)
    assert name == "api"
    assert "left out" in reason


def test_secrets_of_sidecars_are_named_after_them() -> None:
    sidecar = {"name": "log", "image": "log:1", "env": [{"name": "TOKEN", "value": "hunter2"}]}
    found = release(workload(pod={"initContainers": [sidecar]}))
    assert found.secret_refs == ("kv://acme/api-log-token",)


def test_a_name_too_long_for_a_vault_is_cut_and_stays_one_of_a_kind() -> None:
    names = ["A" * 200 + "_PASSWORD", "A" * 201 + "_PASSWORD"]
    found = release(workload(container={"env": [{"name": one, "value": "x"} for one in names]}))
    assert len(found.secret_refs) == 2
    assert all(len(one.rpartition("/")[2]) <= 127 for one in found.secret_refs)


@pytest.mark.parametrize("vault", ["", "a/b", "a b", "-a", "ä"])
def test_a_vault_that_cannot_be_one_is_refused(vault: str) -> None:
    with pytest.raises(ValueError, match="vault"):
        read_release([Source("x", b"")], vault=vault)
