"""Environment variables: plain values, references to ConfigMaps, and references for secrets.

An unquoted number or boolean is left out and listed: the API server refuses it, and whether
`yes` should be "yes" or "true" would be a guess.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .fields import Odd, mapping, mappings, text
from .references import References

# Names of objects and keys, and field paths: metadata.labels['app'].
_NAMED = re.compile(r"[\w.\[\]'/-]{1,253}")

Env = dict[str, Any]


@dataclass(frozen=True)
class EnvironmentReader:
    """`secret_keys` has the keys of the Secrets that were read in the workload's namespace.

    `odd` is told what was left out, in words for people.
    """

    references: References
    secret_keys: Mapping[str, tuple[str, ...]]
    odd: Callable[[str], None]

    def read(self, container: dict[str, Any], *parts: str) -> tuple[list[Env], Env]:
        """(envFrom, env). A Secret that is known is unfolded into env; env itself goes before."""
        env_from: list[Env] = []
        env: Env = {}
        try:
            for source in mappings(container, "envFrom"):
                self._source(source, env_from, env)
            variables = mappings(container, "env")
        except Odd as error:
            self.odd(f"{error} The variables are left out.")
            return [], {}
        for variable in variables:
            try:
                name = text(variable, "name")
                env[name] = self._variable(name, variable, parts)
            except Odd as error:
                self.odd(f"Variable {str(variable.get('name'))[:80]}: {error} It is left out.")
        return env_from, env

    def _source(self, source: dict[str, Any], env_from: list[Env], env: Env) -> None:
        prefix = text(source, "prefix")
        more = {"prefix": prefix} if prefix else {}
        if config_map := mapping(source, "configMapRef"):
            env_from.append({"configMapRef": _needed(config_map, "name")} | more)
        elif secret := mapping(source, "secretRef"):
            name = _needed(secret, "name")
            if name not in self.secret_keys:
                env_from.append(self.references.make(name) | more)
            for key in self.secret_keys.get(name, ()):
                env[f"{prefix}{key}"] = self.references.make(name, key)
        else:
            self.odd("envFrom has an entry that is neither a ConfigMap nor a Secret.")

    def _variable(self, name: str, variable: dict[str, Any], parts: tuple[str, ...]) -> Any:
        if not name:
            raise Odd("it has no name.")
        if variable.get("valueFrom") is None:
            return self.references.value(name, text(variable, "value"), *parts, name)
        origin = mapping(variable, "valueFrom")
        secret, config_map = mapping(origin, "secretKeyRef"), mapping(origin, "configMapKeyRef")
        if secret:
            return self.references.make(_needed(secret, "name"), _needed(secret, "key"))
        if config_map:
            named = {"name": _needed(config_map, "name"), "key": _needed(config_map, "key")}
            return {"configMapRef": named}
        if field := mapping(origin, "fieldRef"):
            return {"fieldRef": _needed(field, "fieldPath")}
        if resource := mapping(origin, "resourceFieldRef"):
            return {"resourceFieldRef": _needed(resource, "resource")}
        raise Odd("where its value comes from is not understood.")


def _needed(value: dict[str, Any], key: str) -> str:
    found = text(value, key)
    if not _NAMED.fullmatch(found):
        raise Odd(f"{key} is missing or no name.")
    return found
