"""Services by the API."""

from typing import Any

from tests.api.caller import Caller
from tests.world import World


def test_the_list_has_every_environment(acme: Caller, world: World) -> None:
    answer = acme.get("/services")
    assert answer.status_code == 200, answer.data
    found = {one["serviceId"] for one in answer.data["results"]}
    assert found == {str(i) for s in world.acme.services.values() for i in s.values()}
    assert answer.data["next"] is None


def _new(world: World, model: str = "pool", **more: Any) -> dict[str, Any]:
    return {
        "environmentId": str(world.acme.environments[model]), "moduleId": "made",
        "image": "registry.test/made:1", "version": "1", "replicas": 2, **more,
    }  # fmt: skip


def test_a_service_is_made_read_changed_and_retired(acme: Caller, world: World) -> None:
    made = acme.post("/services", _new(world))
    assert made.status_code == 201, made.data
    place = made["Location"].removeprefix("http://testserver")
    read = acme.get(place)
    assert read.status_code == 200
    assert read["ETag"] == made["ETag"]
    assert acme.patch(place, {"replicas": 5}).status_code == 428
    changed = acme.patch(place, {"replicas": 5}, If_Match=read["ETag"])
    assert changed.status_code == 200, changed.data
    assert changed.data["replicas"] == 5
    assert acme.patch(place, {"replicas": 6}, If_Match=read["ETag"]).status_code == 412
    retired = acme.post(f"{place}/retire", {"reason": "done"}, If_Match="*")
    assert retired.status_code == 200, retired.data
    assert retired.data["retiredAt"]
