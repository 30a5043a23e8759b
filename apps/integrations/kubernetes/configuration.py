"""ConfigMaps' values and Secrets' key names. A Secret's data is never looked at."""

from collections.abc import Callable
from typing import Any

from .fields import Odd, mapping, text
from .objects import Object
from .references import References

# Made and filled by the cluster, in every namespace or at every release of a chart.
_CLUSTERS_OWN_CONFIG_MAPS = frozenset({"kube-root-ca.crt"})
_CLUSTERS_OWN_SECRETS = frozenset(
    {"kubernetes.io/service-account-token", "bootstrap.kubernetes.io/token", "helm.sh/release.v1"}
)


def is_clusters_own(one: Object) -> bool:
    """Whether a ConfigMap or Secret is the cluster's bookkeeping and not the release's."""
    if one.kind == "ConfigMap":
        return one.name in _CLUSTERS_OWN_CONFIG_MAPS
    return one.kind == "Secret" and text(one.body, "type") in _CLUSTERS_OWN_SECRETS


def read_config_map(
    config_map: Object, references: References, odd: Callable[[str], None]
) -> dict[str, Any]:
    """Keys and values; one that looks secret, or a file that holds one, is a reference as a whole.

    Binary values are listed: nobody can see whether they hold a secret.
    """
    read: dict[str, Any] = {}
    data = mapping(config_map.body, "data")
    for key in data:
        try:
            read[key] = references.value(key, text(data, key), config_map.name, key)
        except Odd as error:
            odd(f"Key {key[:80]}: {error} It is left out.")
    for key in mapping(config_map.body, "binaryData"):
        odd(f"Key {key[:80]} is binary. It is left out.")
    return read


def read_secret_keys(secret: Object) -> tuple[str, ...]:
    """The names of a Secret's keys, sorted."""
    return tuple(sorted({*mapping(secret.body, "data"), *mapping(secret.body, "stringData")}))
