import time

import pytest

from apps.core.secret_material import looks_secret

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "name",
    [
        *("PASSWORD", "DB_PASSWORD", "DB_PASSWORD_1", "PGPASSWORD", "MYSQL_PWD", "default_pass"),
        *("API_KEY", "apiKey", "clientSecret", "TOKEN", "AWS_SECRET_ACCESS_KEY", "SECRET_KEY_BASE"),
        *("DB_CONNECTION_STRING", "spring.datasource.password", "VAULT_SECRET_ID", "PASSWORD_HASH"),
    ],
)
def test_a_name_that_says_secret_makes_any_value_one(name: str) -> None:
    assert looks_secret(name, "x1")
    assert not looks_secret(name, "")
    assert not looks_secret(name, "$(FROM_ELSEWHERE)")
    assert not looks_secret(name, "kv://acme/from-elsewhere")


@pytest.mark.parametrize(
    "value",
    [
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE",
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl",
        *("AKIAIOSFODNN7EXAMPLE", "ghp_" + "a1" * 18, "github_pat_" + "a1" * 20, JWT),
        *("xoxb-1234567890-abc", "glpat-abcdefghij0123456789"),
        "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=abc==",
        *("postgres://user:pw@db/x", "redis://:pw@cache:6379", "user:pw@tcp(db:3306)/x"),
        *("Server=db;Password=pw;", "-Xmx1g -Djavax.net.ssl.keyStorePassword=pw"),
        *("Authorization: Bearer abcdefghijklmnop1234", "redis-server --requirepass pw"),
        *("a: 1\nb:\n  password: pw\n", '{"a": {"token": "pw"}}', "export TOKEN=pw\n./run"),
        *("${PW:-a}://u:pw@h", "listen: 1\nrequirepass pw\n", "password=${PW:-pw1}"),
    ],
)
def test_a_value_that_is_secret_is_one_under_any_name(value: str) -> None:
    assert looks_secret("SETTING", value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("TOKEN_TTL", "3600"), ("PASSWORD_FILE", "/run/secrets/pw"), ("SECRET_NAME", "mine")),
        *(("MAX_TOKENS", "4096"), ("ALLOW_EMPTY_PASSWORD", "yes"), ("DB_USER", "root")),
        *(("TOKEN_URL", "https://id.example.com/oauth"), ("PWD", "/app"), ("KEY", "abc")),
        *(("AWS_ACCESS_KEY_ID", "x"), ("COMPASS", "north"), ("TOKENIZER", "bpe")),
        ("GOOGLE_APPLICATION_CREDENTIALS", "/etc/gcp/key.json"),
        ("DATABASE_URL", "postgres://$(USER):$(PASSWORD)@db/x"),
        ("DATABASE_URL", "mongodb://documentdb:10260/?tls=true"),
        ("ca.crt", "-----BEGIN CERTIFICATE-----\nMIIB"),
        ("run.sh", "export TOKEN=$(cat /token)\nPASSWORD=${PW}\nNEXT=$TOKEN\n"),
        ("nginx.conf", "proxy_set_header Authorization $http_authorization;"),
        ("app.yaml", 'user: bob\npassword: ""\ntoken: null\ntokenTtl: 5m\n'),
        ("prometheus.yml", "bearer_token_file: /var/run/secrets/kubernetes.io/token"),
        ("IMAGE", "redis@sha256:" + "0a" * 32),
    ],
)
def test_what_is_only_about_a_secret_is_none(name: str, value: str) -> None:
    assert not looks_secret(name, value)


@pytest.mark.parametrize("part", ["A", "a ", "://", "a=", "a:", "token=true ", 'a="', "-"])
def test_a_megabyte_is_searched_in_a_moment(part: str) -> None:
    started = time.monotonic()
    looks_secret("SETTING", part * (1_000_000 // len(part)))
    assert time.monotonic() - started < 2
