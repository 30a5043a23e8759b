import pytest

from apps.integrations.kubernetes.records import Scaling

from .manifests import items, reasons, release, service, workload

OLD_AND_NEW = [
    *(("Deployment", f"{group}") for group in ("extensions/v1beta1", "apps/v1beta1")),
    *(("Deployment", f"{group}") for group in ("apps/v1beta2", "apps/v1")),
    *(("StatefulSet", f"apps/{version}") for version in ("v1beta1", "v1beta2", "v1")),
    *(("DaemonSet", group) for group in ("extensions/v1beta1", "apps/v1beta2", "apps/v1")),
    *(("ReplicaSet", group) for group in ("extensions/v1beta1", "apps/v1beta2", "apps/v1")),
    *(("CronJob", f"batch/{version}") for version in ("v2alpha1", "v1beta1", "v1")),
    ("Job", "batch/v1"),
]


@pytest.mark.parametrize(("kind", "version"), OLD_AND_NEW)
def test_workloads_of_every_age_are_services(kind: str, version: str) -> None:
    found = release(workload(kind=kind, version=version))
    (only,) = found.services
    assert (only.module_id, only.version, only.replicas) == ("api", "1.0", 1)
    assert only.scaling == Scaling("cpu", 1, 1, 80)
    assert (only.file, only.document) == ("1.json", 1)
    assert found.not_understood == ()


@pytest.mark.parametrize(
    ("kind", "spec", "status", "replicas"),
    [
        ("Deployment", {"replicas": 0}, {}, 0),
        ("Deployment", {"replicas": 3}, {}, 3),
        ("Deployment", {"replicas": None}, {}, 1),
        ("DaemonSet", {"replicas": 3}, {}, 1),
        ("DaemonSet", {}, {"desiredNumberScheduled": 7}, 7),
        ("Job", {"parallelism": 4}, {}, 4),
        ("Job", {"parallelism": 4, "suspend": True}, {}, 0),
        ("CronJob", {"suspend": True}, {}, 0),
    ],
)
def test_replicas_are_those_of_the_workload(
    kind: str, spec: dict[str, object], status: dict[str, object], replicas: int
) -> None:
    (only,) = release(workload(kind=kind, spec=spec, status=status)).services
    assert only.replicas == only.scaling.min_replicas == only.scaling.max_replicas == replicas


def test_a_cron_job_keeps_its_schedule() -> None:
    found = release(workload(kind="CronJob", spec={"suspend": True, "timeZone": "Europe/Berlin"}))
    kept = found.configuration["services"]["api"]
    assert (kept["schedule"], kept["suspend"]) == ("0 3 * * *", True)
    assert kept["timeZone"] == "Europe/Berlin"


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ({"replicas": "3"}, "replicas is not a whole number."),
        ({"replicas": True}, "replicas is not a whole number."),
        ({"replicas": -1}, "replicas is not between 0 and 2147483647."),
        ({"template": None}, "It has no containers."),
        ({"template": []}, "spec.template is not an object."),
    ],
)
def test_a_workload_that_kubernetes_would_refuse_is_listed(
    spec: dict[str, object], reason: str
) -> None:
    found = release(workload(spec=spec))
    assert found.services == ()
    assert reasons(found) == [("api", reason)]


@pytest.mark.parametrize("image", ["", "${IMAGE}", "Team/App"])
def test_a_workload_without_an_image_is_listed(image: str) -> None:
    found = release(workload(container={"image": image}))
    assert found.services == ()
    assert reasons(found) == [("api", "The image of container 'api' is not an image reference.")]


def test_the_container_of_the_workloads_name_is_the_main_one() -> None:
    several = [{"name": "log", "image": "log:1"}, {"name": "api", "image": "team/api:2"}]
    found = release(workload(pod={"containers": several}))
    assert found.services[0].version == "2"
    assert found.configuration["services"]["api"]["sidecars"]["log"]["image"] == "log:1"


def test_an_annotation_says_which_container_is_the_main_one() -> None:
    several = [{"name": "api", "image": "team/api:2"}, {"name": "app", "image": "team/app:3"}]
    annotations = {"kubectl.kubernetes.io/default-container": "app"}
    main = workload(
        pod={"containers": several}, template_metadata={"annotations": annotations, "labels": {}}
    )
    assert release(main).services[0].image == "team/app:3"


def test_a_meshs_container_is_not_the_main_one() -> None:
    several = [{"name": "istio-proxy", "image": "proxy:1"}, {"name": "app", "image": "team/app:3"}]
    assert release(workload(pod={"containers": several})).services[0].image == "team/app:3"


def test_init_containers_are_kept_and_those_that_keep_running_are_sidecars() -> None:
    init = [
        {"name": "migrate", "image": "registry:5000/m"},
        {"name": "mesh", "image": "mesh:1", "restartPolicy": "Always"},
    ]
    kept = release(workload(pod={"initContainers": init})).configuration["services"]["api"]
    assert kept["initContainers"]["migrate"]["image"] == "registry:5000/m"
    assert list(kept["sidecars"]) == ["mesh"]


def test_the_same_name_in_another_namespace_is_listed() -> None:
    blue, green = (workload(metadata={"namespace": space}) for space in ("blue", "green"))
    found = release(items(blue, green))
    assert len(found.services) == 1
    ((name, reason),) = reasons(found)
    assert name == "api"
    assert reason.startswith("The name is taken: the namespace 'blue' has one as well")


def test_a_copy_is_listed_and_so_is_another_kind_of_the_same_name() -> None:
    first = workload(container={"image": "team/api:1"})
    copy = workload(container={"image": "team/api:2"})
    found = release(items(first, copy, workload(kind="CronJob")))
    assert service(found, "api").version == "1"
    assert reasons(found) == [
        ("api", "The name is taken by a Deployment (1.json, document 1)."),
        ("api", "It is there twice, and the first one counts (1.json, document 1)."),
    ]
