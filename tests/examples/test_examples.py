"""The scripts in examples/ against a server that runs: what they do, and what they do when not."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from apps.core import door
from apps.deployments.models import RuntimeDeployment
from apps.health_results.models import HealthCheckResult
from apps.tenant_bindings.context import enter_tenant
from tests.examples.conftest import EXAMPLES, Portal, free_port
from tests.world import OPERATOR

pytestmark = pytest.mark.usefixtures("committed")


@contextmanager
def answering(*statuses: int, **headers: str) -> Iterator[tuple[str, list[Any]]]:
    """A server that answers so, one after another, and then the last for ever; what it was sent."""
    left, sent = list(statuses), []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            sent.append(json.loads(self.rfile.read(length)) if length else None)
            self.send_response(left.pop(0) if len(left) > 1 else left[0])
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        do_POST = do_GET

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", sent
        server.shutdown()


def _deployments(portal: Portal, release: str) -> list[Any]:
    here = portal.tenant.environments["pool"]
    with (
        door.using("owner"),
        enter_tenant(portal.tenant.slug, actor=OPERATOR, environment_id=here),
    ):
        found = RuntimeDeployment.objects.filter(release_ref=release).order_by("id")
        return [(one.status, one.reason, one.gate) for one in found]


def _results(portal: Portal) -> list[tuple[str, str]]:
    here = portal.tenant.environments["pool"]
    with (
        door.using("owner"),
        enter_tenant(portal.tenant.slug, actor=OPERATOR, environment_id=here),
    ):
        newest = HealthCheckResult.objects.filter(
            environment_id=here, service_id=portal.tenant.services["pool"]["web"]
        ).order_by("-id")
        return [(one.status, one.detail) for one in newest]


def test_a_pipeline_records_the_deployment_that_it_makes(portal: Portal) -> None:
    ended = portal.play(
        "record-deployment.sh", "echo", "applied", RELEASE="v2", GITHUB_WORKFLOW="deploy"
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "applied" in ended.stdout and "is Completed" in ended.stdout
    assert _deployments(portal, "v2") == [("Completed", "deploy", "external")]


def test_one_that_fails_is_recorded_so_and_fails_the_step(portal: Portal) -> None:
    ended = portal.play("record-deployment.sh", "sh", "-c", "exit 7", RELEASE="v3")
    assert ended.returncode == 7
    assert [status for status, *_ in _deployments(portal, "v3")] == ["Failed"]


def test_what_the_portal_refuses_is_not_deployed(portal: Portal, tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    for wrong in ({"PORTAL_TOKEN": "rp_nonsense"}, {"ENVIRONMENT_ID": "nonsense"}):
        ended = portal.play("record-deployment.sh", "touch", str(touched), RELEASE="v4", **wrong)
        assert ended.returncode != 0
        assert "urn:runtime-portal:problem:" in ended.stderr
        assert portal.token not in ended.stderr
    assert not touched.exists() and _deployments(portal, "v4") == []


def test_the_same_run_asked_twice_is_one_deployment(portal: Portal) -> None:
    for _ in range(2):
        portal.play("record-deployment.sh", "true", RELEASE="v5", GITHUB_RUN_ID="42")
    assert len(_deployments(portal, "v5")) == 1


def test_a_probe_posts_how_a_service_is(portal: Portal) -> None:
    with answering(200) as (well, _), answering(500) as (ill, _):
        for probe, url in (("well", well), ("ill", ill)):
            ended = portal.play("probe.sh", "web", url, PROBE=probe)
            assert (ended.returncode, ended.stderr) == (0, ""), ended
    gone = f"http://127.0.0.1:{free_port()}/"
    assert portal.play("probe.sh", "web", gone, PROBE="gone").returncode == 0
    here = f"{portal.address}/healthz"
    slow = portal.play("probe.sh", "web", here, PROBE="slow", SLOW_MS="-1")
    assert slow.stdout.startswith("web is Degraded (200 in ")
    found = _results(portal)
    assert found[:4] == [
        ("Degraded", "answered 200"), ("Unhealthy", "answered 000"),
        ("Unhealthy", "answered 500"), ("Healthy", "answered 200"),
    ]  # fmt: skip


def test_a_probe_tries_again_what_may_pass_later_and_sends_the_same(portal: Portal) -> None:
    with answering(503, 429, 201, Retry_After="0") as (flaky, sent):
        ended = portal.play("probe.sh", "web", portal.address + "/healthz", PORTAL_URL=flaky)
    assert ended.returncode == 0
    assert len(sent) == 3 and sent[0] == sent[1] == sent[2]
    assert sent[0][0]["moduleId"] == "web"


def test_a_probe_gives_up_in_the_end_and_at_once_where_it_is_wrong(portal: Portal) -> None:
    with answering(503, Retry_After="0") as (down, sent):
        ended = portal.play(
            "probe.sh", "web", portal.address + "/healthz", PORTAL_URL=down, TRIES="3"
        )
    assert (ended.returncode, len(sent)) == (1, 3)
    assert "after 3 tries" in ended.stderr
    ended = portal.play("probe.sh", "nobody", portal.address + "/healthz")
    assert ended.returncode == 1
    assert "moduleId" in ended.stderr


def test_the_workflow_runs_the_script_with_what_it_asks_for() -> None:
    workflow = yaml.safe_load((EXAMPLES / "github-actions.yml").read_text())
    (job,) = workflow["jobs"].values()
    step = job["steps"][-1]
    asked = set(re.findall(r'"\$\{(\w+):\?\}"', (EXAMPLES / "record-deployment.sh").read_text()))
    assert asked == set(step["env"])
    assert step["run"].startswith("./record-deployment.sh ")
    assert step["env"]["PORTAL_TOKEN"] == "${{ secrets.PORTAL_TOKEN }}"


def test_the_documents_name_every_example() -> None:
    told = (Path(settings.BASE_DIR) / "docs" / "api.md").read_text()
    for file in EXAMPLES.iterdir():
        assert f"examples/{file.name}" in told
