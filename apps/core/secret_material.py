"""Does a setting look like secret material? Errs towards yes: a reference too many is a nuisance.

Yes by **value**, whatever the name: private keys in PEM, tokens and keys of known makers, JWTs,
connection strings and URLs that carry a password, authorization headers; and any text in which
an assignment (`password: x`, `-Dkey.password=x`, `--token x`) is itself secret by name.

Yes by **name**, where its words say so (PASSWORD, API_KEY, clientSecret, PGPASSWORD), unless

- the last word says that it is *about* a secret: TOKEN_TTL, PASSWORD_FILE, SECRET_NAME, TOKEN_URL;
- the value cannot be one: empty, a boolean, only `$(VAR)` or `${VAR}`, a `kv://` reference, an
  absolute path under a usual root, or a number where the name counts tokens (MAX_TOKENS).

Certificates and public keys are no secrets. A user name is none either. Nothing is decoded:
base64 around a secret is recognised by its name or not at all.
"""

import re
from itertools import pairwise


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")

_SECRET_WORDS = _set(
    "password passwords passwd pwd passphrase secret secrets token tokens apikey apikeys "
    "credential credentials creds connectionstring accesskey secretkey privatekey accountkey "
    "authkey authtoken accesstoken clientsecret htpasswd dockerconfigjson requirepass"
)
_SECRET_PAIRS = _set(
    "api/key access/key secret/key private/key account/key auth/key signing/key encryption/key "
    "encrypt/key master/key shared/key session/key ssh/key hmac/key license/key connection/string "
    "storage/key service/key function/key host/key jwt/key cookie/key crypto/key root/key "
    "security/key instrumentation/key subscription/key app/key deploy/key"
)
_RUN_TOGETHER = (
    *("password", "passwd", "passphrase", "apikey", "secretkey", "accesskey", "privatekey"),
    *("authtoken", "accesstoken", "connectionstring", "clientsecret"),
)
_ABOUT = _set(
    "file files filename path paths dir directory folder location ttl expiry expires expire "
    "expiration lifetime timeout duration interval seconds minutes hours days age length size min "
    "max count limit enabled enable disabled disable required policy type kind name names url uri "
    "endpoint host hostname port issuer audience header headers algorithm alg prefix suffix "
    "rotation ref refs reference mount provider field format version scope scopes mode cache store "
    "backend engine class arn review reviews bucket encoding attempts retries validator "
    "complexity rules strategy method manager service"
)
_COUNTS = frozenset({"tokens", "secrets", "passwords"})
_BOOLEANS = _set("true false yes no on off null none nil enabled disabled")

_ONLY_REFERENCE = re.compile(r"(?:\$\([A-Za-z_][\w.-]*\)|\$\{[A-Za-z_]\w*\}|kv://[\w-]+/[\w-]+)+")
_ROOTS = "app bin certs config data etc home keys mnt opt root run secrets srv tmp usr var vault"
_PATH = re.compile(rf"/(?:{_ROOTS.replace(' ', '|')})(?:/[\w.@-]+)+/?")
_NUMBER = re.compile(r"[+-]?[0-9][0-9_.]*")

# What has to be in the text (in lower case) before a pattern is worth trying: most texts hold
# none of it, and a find in C is fifty times faster than a search.
_VALUES = tuple(
    (needle, re.compile(pattern))
    for needle, pattern in (
        (
            "-----begin ",
            r"-----BEGIN (?!CERTIFICATE|PUBLIC KEY|RSA PUBLIC KEY|EC PARAMETERS|DH PARAMETERS"
            r"|X509 CRL|NEW CERTIFICATE REQUEST|TRUSTED CERTIFICATE|PGP PUBLIC|PKCS7)"
            r"[A-Z0-9 ]{1,60}-----",
        ),
        ("akia", r"\bAKIA[0-9A-Z]{16}\b"),
        ("asia", r"\bASIA[0-9A-Z]{16}\b"),
        ("gh", r"\bgh[pousr]_[0-9A-Za-z]{20,}"),
        ("github_pat_", r"\bgithub_pat_\w{20,}"),
        ("glpat-", r"\bglpat-[\w-]{16,}"),
        ("xox", r"\bxox[abeoprs]-[\w-]{10,}"),
        ("k_live_", r"\b[sr]k_live_[0-9A-Za-z]{10,}"),
        ("k_test_", r"\b[sr]k_test_[0-9A-Za-z]{10,}"),
        ("sk-", r"\bsk-(?:ant-|proj-)?[\w-]{20,}"),
        ("aiza", r"\bAIza[\w-]{35}"),
        ("ya29.", r"\bya29\.[\w-]{20,}"),
        ("npm_", r"\bnpm_[0-9A-Za-z]{30,}"),
        ("pypi-", r"\bpypi-[\w-]{40,}"),
        ("dop_v1_", r"\bdop_v1_[0-9a-f]{40,}"),
        ("sg.", r"\bSG\.[\w-]{16,}\.[\w-]{16,}"),
        ("hv", r"\bhv[sbr]\.[\w-]{20,}"),
        ("eyj", r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*"),
        ("accountkey", r"(?i)\bAccountKey\s{0,8}=\s{0,8}[^\s;$]"),
        ("sharedaccesskey", r"(?i)\bSharedAccessKey\s{0,8}=\s{0,8}[^\s;$]"),
        ("sig=", r"(?i)[?&]sig=[\w%+/=-]{20,}"),
        ("hooks.slack.com", r"hooks\.slack\.com/services/\w+/\w+"),
        ("/api/webhooks/", r"discord(?:app)?\.com/api/webhooks/\w+/\w+"),
        # The user may be empty: redis://:password@host. `$(PASS)` and `{pass}` are no passwords.
        ("://", r"://[^\s/@:]{0,256}:(?![$<{][^@\s]{0,250}[)>}]@)[^\s/@]{1,256}@"),
        ("@tcp(", r"(?<!\S)[^\s:@/]{1,64}:(?![$<{][^@\s]{0,250}[)>}]@)[^\s@]{1,256}@tcp\("),
        ("bearer", r"(?i)\bbearer\s{1,8}(?=\S{0,200}\d)[a-z0-9+/_.=-]{16,}"),
        ("basic", r"(?i)\bbasic\s{1,8}(?=\S{0,200}\d)[a-z0-9+/_.=-]{16,}"),
        ('"auth"', r'"auth"\s{0,8}:\s{0,8}"[A-Za-z0-9+/=]{8,}"'),
        ("$", r"\$(?:2[aby]?|apr1|5|6)\$[\w./$=]{20,}"),
        ("requirepass", r"(?m)^[ \t]{0,80}requirepass[ \t]{1,8}[^\s$]"),
        ("masterauth", r"(?m)^[ \t]{0,80}masterauth[ \t]{1,8}[^\s$]"),
    )
)
# Each word that makes a name secret holds one of these.
_STEMS = ("pass", "pwd", "secret", "token", "key", "cred", "connection", "dockerconfigjson")
_ASSIGNMENT = re.compile(
    r"""(?<![\w.-])(?P<name>-{0,2}+[A-Za-z_][\w.-]{0,80}+)["']?[ \t]{0,8}+(?:=>|:=|[:=])"""
    r"""[ \t]{0,8}+"""
    r"""(?:"(?P<double>[^"\n]*+)|'(?P<single>[^'\n]*+)|(?P<bare>[^\s"',;&}]++))"""
)
_FLAG = re.compile(r"(?<!\S)--?(?P<name>[A-Za-z][\w-]{1,80}+)[ \t]{1,8}+(?P<value>[^\s-]\S*+)")
# In a text, also what a shell, a template or a program would put there later.
_LATER = re.compile(
    r"\$\(|\$\w+\Z|\$\{\w+(?:\}|\Z)|`|\{\{|<|%[(s{]|\[|(?:os|process|System)\.|getenv|kv:/"
)


def looks_secret(name: str, value: str) -> bool:
    """Whether `value`, found under `name`, is to be a reference instead. Linear in its length."""
    if not value.strip():
        return False
    return _named_secret(name, value) or holds_secret(value)


def holds_secret(value: str) -> bool:
    """Whether a text has secret material in it, whatever it is called."""
    lower = value.lower()
    if any(needle in lower and pattern.search(value) for needle, pattern in _VALUES):
        return True
    if not any(stem in lower for stem in _STEMS):
        return False
    for match in _ASSIGNMENT.finditer(value):
        if _is_given(match["name"], match["double"] or match["single"] or match["bare"] or ""):
            return True
    return any(
        _is_given(match["name"], match["value"].strip("\"'")) for match in _FLAG.finditer(value)
    )


def names_secret(name: str) -> bool:
    """Whether the words of a name say that what it holds is secret."""
    words = [word.lower() for word in _WORD.findall(name)]
    while words and words[-1].isdigit():
        words.pop()
    if not words or words[-1] in _ABOUT or words[-2:] == ["key", "id"] or words == ["pwd"]:
        return False
    if words[-1] == "pass" or any(word in _SECRET_WORDS for word in words):
        return True
    if any(word.endswith(_RUN_TOGETHER) for word in words):
        return True
    return any("/".join(pair) in _SECRET_PAIRS for pair in pairwise(words))


def _is_given(name: str, value: str) -> bool:
    return bool(value) and not _LATER.match(value) and _named_secret(name, value)


def _named_secret(name: str, value: str) -> bool:
    value = value.strip()
    if not names_secret(name) or value.lower() in _BOOLEANS or not value:
        return False
    if _ONLY_REFERENCE.fullmatch(value) or _PATH.fullmatch(value):
        return False
    words = {word.lower() for word in _WORD.findall(name)}
    return not (_NUMBER.fullmatch(value) and words & _COUNTS)
