"""The alert rules and the dashboard ask for what `/metrics` tells, by labels that it has."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from apps.upkeep.models import AlertKind
from runtime_portal import metrics

DEPLOY = Path(settings.BASE_DIR) / "deploy"
RULES = yaml.safe_load((DEPLOY / "prometheus" / "rules.yml").read_text())
SCRAPE = yaml.safe_load((DEPLOY / "prometheus" / "scrape.yml").read_text())
DASHBOARD = json.loads((DEPLOY / "grafana" / "runtime-portal.json").read_text())
ALERTS = RULES["groups"][0]["rules"]

# Of Prometheus itself, for each target of a scrape.
OF_THE_SCRAPE = {"up": {"job", "instance"}}
FUNCTIONS = {"time", "max", "min", "sum", "rate", "histogram_quantile", "topk", "by"}
_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_SELECTOR = re.compile(r"([a-z_]+)\{([^}]*)\}")
_STRING = re.compile(r'"[^"]*"')


def told() -> Mapping[str, set[str]]:
    """{sample: its labels}, as the code registers them."""
    found: dict[str, set[str]] = {
        "portal_http_requests_total": {"view", "method", "status"},
        "portal_database_up": set(),
        **OF_THE_SCRAPE,
    }
    for tail, labels in (("bucket", {"view", "le"}), ("count", {"view"}), ("sum", {"view"})):
        found[f"portal_http_request_seconds_{tail}"] = labels
    for name, _, label in metrics.GAUGES.values():
        found[name] = {label} if label else set()
    return found


TOLD = told()


def _expressions() -> Iterator[tuple[str, str]]:
    for rule in ALERTS:
        yield rule["alert"], rule["expr"]
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]


EXPRESSIONS = [pytest.param(expr, id=name) for name, expr in _expressions()]


def _metrics(expression: str) -> set[str]:
    bare = re.sub(r"\[\w+\]", "", re.sub(r"\{[^}]*\}", "", expression))
    bare = re.sub(r"by \([^)]*\)", "by", bare)
    return set(_NAME.findall(bare)) - FUNCTIONS


def test_what_this_file_takes_for_told_is_what_metrics_answer(rolled_back: None) -> None:
    metrics.count("of a test", "GET", 200, 0.1)
    text = metrics.exposition().decode()
    samples = {line.split("{")[0].split(" ")[0] for line in text.splitlines() if line[:1] != "#"}
    families = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
    # A gauge that nothing is known of has a family and no sample.
    assert set(TOLD) - set(OF_THE_SCRAPE) <= samples | families
    labelled = re.search(r"^portal_http_request_seconds_bucket\{(.*?)\}", text, re.MULTILINE)
    assert labelled and set(re.findall(r"(\w+)=", labelled[1])) == {"view", "le"}


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_every_metric_that_is_asked_for_is_told(expression: str) -> None:
    asked = _metrics(expression)
    assert asked, expression
    assert asked <= set(TOLD)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_every_label_that_is_asked_for_is_one_of_that_metric(expression: str) -> None:
    labels = set().union(*(TOLD[name] for name in _metrics(expression)))
    for grouped in re.findall(r"by \(([^)]*)\)", expression):
        assert set(grouped.replace(" ", "").split(",")) <= labels
    for name, matchers in _SELECTOR.findall(expression):
        assert set(re.findall(r"(\w+)\s*(?:=~|!=|!~|=)", matchers)) <= TOLD[name]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_every_expression_is_whole(expression: str) -> None:
    bare = _STRING.sub("", expression)
    for opening, closing in ("()", "{}", "[]"):
        depth = 0
        for character in bare:
            depth += (character == opening) - (character == closing)
            assert depth >= 0
        assert depth == 0
    assert set(re.findall(r"([a-z_]+)\(", bare)) <= FUNCTIONS
    assert all(re.fullmatch(r"\d+[smhd]", found) for found in re.findall(r"\[(.*?)\]", bare))
    for called in re.findall(r"rate\((.*?)\)", bare):
        assert called.endswith("]"), "a rate is of a range"
    for counter in re.findall(r"portal_\w+_(?:total|bucket|count|sum)\b(?:\{[^}]*\})?(.?)", bare):
        assert counter == "[", "a counter is asked for its rate"


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_every_rule_says_how_bad_it_is_and_what_to_do(rule: dict[str, Any]) -> None:
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert re.fullmatch(r"Portal[A-Z]\w+", rule["alert"])
    assert re.fullmatch(r"\d+[smh]", rule.get("for", "0s"))
    assert rule["labels"]["severity"] in ("critical", "warning")
    assert set(rule["annotations"]) == {"summary", "description"}
    named = set(re.findall(r"\$labels\.(\w+)", " ".join(rule["annotations"].values())))
    asked = rule["expr"]
    kept = {label for by in re.findall(r"by \(([^)]*)\)", asked) for label in by.split(", ")}
    if not re.match(r"(time\(\) - )?(max|min|sum|histogram_quantile)\b", asked):
        kept |= {"instance"}
    assert named <= kept, "a label that the expression has dropped would be empty"


def test_no_two_rules_have_one_name() -> None:
    assert len({rule["alert"] for rule in ALERTS}) == len(ALERTS)


def test_rules_and_scrape_speak_of_one_job() -> None:
    (scrape,) = SCRAPE["scrape_configs"]
    down = next(rule for rule in ALERTS if rule["alert"] == "PortalDown")
    assert f'job="{scrape["job_name"]}"' in down["expr"]
    assert scrape["metrics_path"] == "/metrics"


def test_jobs_that_rules_name_are_on_the_schedule() -> None:
    for expression in (rule["expr"] for rule in ALERTS):
        for name, matchers in _SELECTOR.findall(expression):
            if name.startswith("portal_job_"):
                assert set(re.findall(r'task="(\w+)"', matchers)) <= set(settings.CADENCES)


def test_the_database_tells_every_kind_of_alert() -> None:
    from apps.core.walls.meters import METER_FUNCTIONS

    assert all(f"('{kind}')" in METER_FUNCTIONS[0] for kind in AlertKind.values)


def test_the_dashboard_is_one_that_grafana_takes() -> None:
    assert DASHBOARD["uid"] == "runtime-portal" and DASHBOARD["schemaVersion"] >= 36
    assert "id" not in DASHBOARD, "an id is the server's to give"
    numbers = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(numbers)) == len(numbers)
    (variable,) = DASHBOARD["templating"]["list"]
    assert (variable["name"], variable["type"]) == ("datasource", "datasource")
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        assert at["x"] >= 0 and at["x"] + at["w"] <= 24
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken, f"{panel['title']} lies over another"
        taken |= cells
        if panel["type"] == "row":
            continue
        assert panel["type"] in ("stat", "timeseries") and panel["targets"]
        assert panel["datasource"]["uid"] == "${datasource}"
        assert len({t["refId"] for t in panel["targets"]}) == len(panel["targets"])
