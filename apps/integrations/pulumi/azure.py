"""Azure's services as the objects that the reader of Kubernetes knows: one Deployment each.

So images, variables, secrets, ports and limits are read by the same code wherever they come from.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from apps.integrations.kubernetes.fields import MAX_INT32, Odd, mapping, mappings, text

from .checkpoint import Resource

_VERSION = re.compile(r"/v\d{8}(?:preview|privatepreview)?(?=:)")
_QUEUES = ("queue", "servicebus", "rabbitmq", "kafka", "eventhub")


@dataclass(frozen=True)
class App:
    """What differs of one service from a Deployment of Kubernetes."""

    name: str
    target: str
    endpoint: str
    container: dict[str, Any]
    beside: list[dict[str, Any]] = field(default_factory=list)
    least: int = 1
    most: int = 1
    metrics: list[dict[str, Any]] = field(default_factory=list)

    def objects(self) -> list[dict[str, Any]]:
        labels = {"app": self.name}
        template = {
            "metadata": {"labels": labels},
            "spec": {"containers": [self.container, *self.beside]},
        }
        found: list[dict[str, Any]] = [
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": {"name": self.name},
                "spec": {"replicas": min(max(self.least, 1), self.most), "template": template},
            }
        ]
        if self.endpoint:
            found.append(_object("v1", "Service", self.name, {"selector": labels}))
        if self.metrics:
            target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": self.name}
            bounds = {"minReplicas": self.least, "maxReplicas": self.most}
            spec = {"scaleTargetRef": target, **bounds, "metrics": self.metrics}
            found.append(_object("autoscaling/v2", "HorizontalPodAutoscaler", self.name, spec))
        return found


def _object(api: str, kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name}, "spec": spec}


def reader_of(type: str) -> Callable[[Resource], App] | None:
    """What reads that type; None where it is no service of Azure's."""
    return _READERS.get(_VERSION.sub("", type))


def _native_app(one: Resource) -> App:
    template = mapping(one.inputs, "template")
    ingress = mapping(one.inputs, "configuration", "ingress")
    told = mapping(one.outputs, "configuration", "ingress") if _is_plain(one) else {}
    scale = mapping(template, "scale")
    rules = mappings(scale, "rules")
    name = _name(one, "containerAppName")
    return _container_app(
        name, mappings(template, "containers"), "env", "secretRef",
        _url(text(told, "fqdn") or text(ingress, "fqdn")), ingress.get("targetPort"),
        (scale.get("minReplicas"), scale.get("maxReplicas")), [_native_rule(r) for r in rules],
    )  # fmt: skip


def _is_plain(one: Resource) -> bool:
    """Whether the outputs say something: an output that a secret went into is one as a whole."""
    configuration = one.outputs.get("configuration")
    return isinstance(configuration, dict) and isinstance(configuration.get("ingress"), dict)


def _classic_app(one: Resource) -> App:
    template = mapping(one.inputs, "template")
    ingress = mapping(one.inputs, "ingress")
    told = one.outputs.get("ingress")
    host = text(told, "fqdn") if isinstance(told, dict) else ""
    rules = [{"type": "Pods"} for _ in mappings(template, "httpScaleRules")]
    rules += [{"type": "External"} for _ in mappings(template, "azureQueueScaleRules")]
    return _container_app(
        _name(one, "name"), mappings(template, "containers"), "envs", "secretName",
        _url(host), ingress.get("targetPort"),
        (template.get("minReplicas"), template.get("maxReplicas")), rules,
    )  # fmt: skip


def _container_app(
    name: str,
    containers: list[dict[str, Any]],
    env: str,
    secret: str,
    endpoint: str,
    port: Any,
    bounds: tuple[Any, Any],
    rules: list[dict[str, Any]],
) -> App:
    if not containers:
        raise Odd("It has no containers.")
    first, *beside = [_container(one, env, secret, name) for one in containers]
    if port is not None:
        first["ports"] = [{"containerPort": port}]
    least, most = _count(bounds[0], 0), _count(bounds[1], 10)  # Azure's own defaults
    # Without a rule a container app scales by its requests.
    metrics = [_metric(rule) for rule in rules] or [_metric({"type": "Pods"})]
    return App(name, "container-apps", endpoint, first, beside, least, most, metrics)


def _container(given: dict[str, Any], env: str, secret: str, owner: str) -> dict[str, Any]:
    variables = []
    for one in mappings(given, env):
        reference = text(one, secret)
        origin = {"secretKeyRef": {"name": owner, "key": reference}}
        value = {"valueFrom": origin} if reference else {"value": one.get("value")}
        variables.append({"name": one.get("name"), **value})
    sizes = given.get("resources") if isinstance(given.get("resources"), dict) else given
    wanted = {key: sizes.get(key) for key in ("cpu", "memory")}  # type: ignore[union-attr]
    requests = {key: _size(value) for key, value in wanted.items() if value is not None}
    read = {key: given.get(key) for key in ("name", "image", "command", "args")}
    return read | {"env": variables, "resources": {"requests": requests} if requests else {}}


def _native_rule(rule: dict[str, Any]) -> dict[str, Any]:
    custom = mapping(rule, "custom")
    kind = text(custom, "type").lower()
    if kind in ("cpu", "memory"):
        percent = mapping(custom, "metadata").get("value")
        number = int(percent) if isinstance(percent, str) and percent.isdecimal() else 0
        return {"type": "Resource", "name": kind, "percent": number}
    if rule.get("azureQueue") is not None or any(word in kind for word in _QUEUES):
        return {"type": "External"}
    return {"type": "Pods"} if not custom else {"type": kind or "custom"}


def _metric(rule: dict[str, Any]) -> dict[str, Any]:
    """The amounts of Azure's rules are no percentages: the policy's is 100, of that amount."""
    if rule["type"] == "Resource":
        target = {"type": "Utilization", "averageUtilization": rule["percent"]}
        return {"type": "Resource", "resource": {"name": rule["name"], "target": target}}
    names = {"Pods": "requests_utilization_percent", "External": "queue_length_utilization_percent"}
    if rule["type"] not in names:
        return {"type": rule["type"]}
    measured = {"metric": {"name": names[rule["type"]]}, "target": {"averageValue": "100"}}
    return {"type": rule["type"], rule["type"].lower(): measured}


def _site(one: Resource) -> App:
    """A web or function app; its image is its container's, or the runtime that its code runs on."""
    site = mapping(one.inputs, "siteConfig")
    kind = text(one.inputs, "kind").lower() + one.type.lower()
    image = _stack_image(site)
    if not image:
        raise Odd("It says nothing of an image or a runtime.")
    name = _name(one, "name")
    settings: Any = site.get("appSettings") or one.inputs.get("appSettings") or []
    if isinstance(settings, dict):
        settings = [{"name": key, "value": value} for key, value in settings.items()]
    container = {"name": name, "image": image, "env": settings}
    hosts = (one.outputs.get("defaultHostName"), one.outputs.get("defaultHostname"))
    host = next((h for h in hosts if isinstance(h, str)), "")
    target = "functions" if "function" in kind else "app-service"
    return App(name, target, _url(host), container)


def _stack_image(site: dict[str, Any]) -> str:
    """`DOCKER|team/app:1` is a container; `NODE|18-lts` is said as `node:18-lts`."""
    kind, bar, rest = text(site, "linuxFxVersion").partition("|")
    if bar and rest:
        return rest if kind.upper() == "DOCKER" else f"{kind.lower()}:{rest.lower()}"
    stack = mapping(site, "applicationStack")
    dockers = stack.get("dockers")
    docker = dockers[0] if isinstance(dockers, list) and dockers else stack.get("docker")
    if isinstance(docker, dict):
        return _joined(docker, "registryUrl", "imageName", "imageTag")
    if stack.get("dockerImageName"):
        return _joined(stack, "dockerRegistryUrl", "dockerImageName", "")
    if stack.get("dockerImage"):
        return _joined(stack, "", "dockerImage", "dockerImageTag")
    for key in ("node", "python", "dotnet", "java", "php", "go", "ruby"):
        if version := text(stack, f"{key}Version"):
            return f"{key}:{version.lower()}"
    return ""


def _joined(stack: dict[str, Any], registry: str, name: str, tag: str) -> str:
    host = text(stack, registry).removeprefix("https://").rstrip("/") if registry else ""
    image, version = text(stack, name), text(stack, tag) if tag else ""
    return f"{host + '/' if host else ''}{image}{':' + version if version else ''}"


def _name(one: Resource, key: str) -> str:
    given = one.outputs.get(key) or one.inputs.get(key) or one.outputs.get("name") or one.name
    return given.lower()[:253] if isinstance(given, str) else one.name.lower()


def _url(host: str) -> str:
    return f"https://{host}" if re.fullmatch(r"[A-Za-z0-9.-]{1,253}", host) else ""


def _count(value: Any, default: int) -> int:
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_INT32:
        raise Odd("Its number of replicas is not a whole number.")
    return value


def _size(value: Any) -> Any:
    """`0.5Gi` and 0.25 as quantities are written."""
    return value if isinstance(value, str) else repr(value)


_READERS: dict[str, Callable[[Resource], App]] = {
    "azure-native:app:ContainerApp": _native_app,
    "azure-native:web:WebApp": _site,
    "azure:containerapp/app:App": _classic_app,
    "azure:appservice/linuxWebApp:LinuxWebApp": _site,
    "azure:appservice/linuxFunctionApp:LinuxFunctionApp": _site,
    "azure:appservice/appService:AppService": _site,
    "azure:appservice/functionApp:FunctionApp": _site,
}
SERVICES = tuple(_READERS)
