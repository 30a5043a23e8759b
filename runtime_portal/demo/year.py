"""A landscape's year as a story: releases, the ones that went wrong, and what was done by hand."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from apps.configurations.models import RuntimeConfiguration
from apps.configurations.operations import draft_configuration, publish_configuration
from apps.core.access import Actor
from apps.deployments.logs import write_step_log
from apps.deployments.marks import mark_bad, release_hold
from apps.deployments.models import DeploymentStep, Gate, RuntimeDeployment
from apps.deployments.operations import (
    advance_deployment,
    back_out_deployment,
    fail_deployment,
    fail_step,
    finish_back_out_deployment,
    request_deployment,
    skip_step,
    start_step,
    steps_of,
    succeed_step,
)
from apps.health_results.operations import record_results
from apps.scaling_policies.operations import Bounds, bounds_of, change_policy
from apps.services.operations import (
    apply_release,
    change_service,
    degrade_service,
    live_services,
    run_service,
    run_services,
    stop_service,
)
from runtime_portal.demo.clock import Moment, Script
from runtime_portal.demo.content import Content, contents, turned
from runtime_portal.demo.health import AT_ONCE, HOURS, results_until
from runtime_portal.demo.logs import STEPS, Log, lines_of
from runtime_portal.demo.shape import Failure, Landscape


@dataclass
class Year:
    """Who acts, and where the story stands. `people` take turns with the pipeline."""

    landscape: Landscape
    now: datetime
    pipeline: Actor
    people: list[Actor]
    rng: random.Random
    published: RuntimeConfiguration | None = None
    ailing: set[str] = field(default_factory=set)
    _at: datetime = field(init=False)
    _actor: Actor = field(init=False)
    _references: dict[int, str] = field(default_factory=dict)
    _last: RuntimeDeployment | None = None
    _completed: dict[int, RuntimeDeployment] = field(default_factory=dict)

    def script(self) -> Script:
        """The whole year, moment by moment."""
        planned = contents(self.landscape, self.rng)
        for content in planned:
            number = content.number
            self._at = self._begin(number)
            self._actor = self.people[0] if self.rng.random() < 0.2 else self.pipeline
            reference = self._references[number] = self._reference(number)
            if failure := self.landscape.failures.get(number):
                yield from self._release(content, reference, failure)
                self._later(hours=self.rng.uniform(3, 20))
                reference += "-2"
            if failure := self.landscape.rollbacks.get(number):
                yield from self._release(content, reference, failure, back_out=True)
                yield from self._return_to(planned[number - 2], reference)
                self._later(hours=self.rng.uniform(20, 60))
                yield from self._let_go(reference)
                reference += "-2"
            yield from self._release(content, reference)
            yield from self._aftermath(number)
        yield from self._today(planned[-1])
        yield from self._last_day()

    def _release(
        self, content: Content, reference: str, failure: Failure | None = None,
        *, back_out: bool = False, reason: str = "", **rollback: RuntimeDeployment | None,
    ) -> Script:  # fmt: skip
        """One deployment from the request to its end: each step begins when the last one ends."""
        yield self._moment()
        deployment = self._last = self._request(content, reference, reason, **rollback)
        steps = steps_of(deployment)
        for position, step in enumerate(steps, start=1):
            deployment = advance_deployment(deployment.id)
            start_step(step.id)
            log = self._log(position, deployment)
            fails = failure is not None and failure.step == position
            if position == 3 and not fails:
                apply_release(deployment, content.specs, retire_missing=True)
            self._later(minutes=self.rng.uniform(1, 9))
            yield self._moment()
            if failure and fails:
                self._fail(step, steps[position:], failure, log)
                yield from self._give_up(deployment, failure, back_out=back_out)
                return
            version = deployment.configuration.version
            log.say(lines_of(position, self.landscape, reference, content.specs, version))
            write_step_log(succeed_step(step.id), log.content())
        while not deployment.is_final:
            deployment = advance_deployment(deployment.id)
        self._completed[content.number] = self._last = deployment
        self._start(content)

    def _fail(
        self, step: DeploymentStep, later: list[DeploymentStep], failure: Failure, log: Log
    ) -> None:
        log.say(failure.lines[:-1]).say(failure.lines[-1:], "ERROR")
        write_step_log(fail_step(step.id, reason=failure.reason), log.content())
        for skipped in later:
            skip_step(skipped.id, reason=f"'{step.name}' failed")

    def _give_up(
        self, deployment: RuntimeDeployment, failure: Failure, *, back_out: bool
    ) -> Script:
        if not back_out:
            fail_deployment(deployment.id, reason=failure.reason)
            return
        back_out_deployment(deployment.id, reason=failure.reason)
        self._later(minutes=self.rng.uniform(2, 6))
        yield self._moment()
        finish_back_out_deployment(deployment.id)

    def _request(
        self, content: Content, reference: str, reason: str, **rollback: RuntimeDeployment | None
    ) -> RuntimeDeployment:
        if self.published is None or self.published.payload != content.payload:
            draft = draft_configuration(payload=content.payload)
            self.published = publish_configuration(draft.id)
        return request_deployment(
            release_ref=reference,
            strategy=self.landscape.strategy,
            gate=Gate.EXTERNAL,
            reason=reason,
            configuration=self.published,
            steps=STEPS,
            undoes=rollback.get("undoes"),
            returns_to=rollback.get("returns_to"),
        )

    def _start(self, content: Content) -> None:
        """What the release made is Running: seen at work, but for what nobody looks at."""
        healthy = {s.module_id for s in content.specs} - self.ailing
        run_services(sorted(healthy & set(self.landscape.unseen)))
        for name, service in live_services().items():
            if name in healthy and service.can("run"):
                run_service(service.id)

    def _return_to(self, earlier: Content, undone: str) -> Script:
        """Rolling back is a new deployment of an earlier release with that one's payload."""
        self._later(minutes=self.rng.uniform(3, 10))
        reference = self._references[earlier.number]
        yield from self._release(
            earlier,
            reference,
            reason=f"returns to it: {undone} was undone",
            undoes=self._last,
            returns_to=self._completed[earlier.number],
        )

    def _let_go(self, undone: str) -> Script:
        """Somebody has found what was wrong with it: the rollback's hold is released."""
        if self._last is not None and self._last.is_held:
            yield self._moment(self.people[0])
            release_hold(self._last.id, reason=f"{undone} is mended")

    def _aftermath(self, number: int) -> Script:
        """What people do in the hours after a release."""
        if ailment := self.landscape.ailments.get(number):
            self._later(minutes=self.rng.uniform(20, 50))
            yield self._moment()
            degrade_service(live_services()[ailment.module].id, reason=ailment.reason)
            self.ailing.add(ailment.module)
            if ailment.healed:  # so it was that release
                mark_bad(self._completed[number].id, reason=ailment.reason)
        for begun, ailment in self.landscape.ailments.items():
            if begun <= number and ailment.healed == number + 1:
                self.ailing.discard(ailment.module)
        if by_hand := self.landscape.by_hand.get(number):
            self._later(hours=self.rng.uniform(2, 30))
            yield self._moment(self.people[0])
            service = live_services()[by_hand.module]
            policy = bounds_of(service.scaling_policies.get())
            if by_hand.replicas > policy.max_replicas:
                change_policy(service.id, Bounds.fixed(by_hand.replicas))
            change_service(service.id, reason=by_hand.reason, replicas=by_hand.replicas)

    def _today(self, last: Content) -> Script:
        """A draft somebody is at, one that was dropped, and what was stopped."""
        self._later(hours=4)
        for name, reason in self.landscape.stopped.items():
            yield self._moment(self.people[0])
            stop_service(live_services()[name].id, reason=reason)
        if self.landscape.draft:
            self._later(hours=2)
            yield self._moment(self.people[-1])
            draft_configuration(payload=turned(last.payload, self.landscape.draft))

    def _last_day(self) -> Script:
        """Some hours of results at a time, as their probes reported them."""
        probed = [
            service
            for name, service in live_services().items()
            if name not in self.landscape.unseen and name not in self.landscape.stopped
        ]
        well = sorted(s.module_id for s in probed if s.status == "Running")
        unwell, when = self.rng.choice(well), AT_ONCE * self.rng.randrange(1, HOURS // AT_ONCE - 1)
        for left in range(HOURS - AT_ONCE, -1, -AT_ONCE):
            # The transaction began before the story's present: nothing is claimed for after it.
            self._at = max(self._at, self.now - timedelta(hours=left, seconds=20))
            yield self._moment(self.pipeline)
            name = unwell if left == when else ""
            record_results(results_until(self._at, probed, self.rng, name))

    def _begin(self, number: int) -> datetime:
        """In office hours of a working day; the last release is `last_days_ago`."""
        left = self.landscape.releases - number
        days = self.landscape.last_days_ago + left * self.landscape.every_days
        day = self.now - timedelta(days=days + (self.rng.uniform(0, 1.5) if left else 0))
        day -= timedelta(days=max(day.astimezone(UTC).weekday() - 4, 0))
        return day.replace(hour=self.rng.randint(7, 15), minute=self.rng.randint(0, 59))

    def _reference(self, number: int) -> str:
        begun = self._at.isocalendar()
        return self.landscape.reference.format(
            number=number, year=begun.year, week=begun.week, month=self._at.month
        )

    def _log(self, position: int, deployment: RuntimeDeployment) -> Log:
        return Log(self._at, self.rng).say(
            [f"step {position} of {len(STEPS)}: {STEPS[position - 1]} ({deployment.release_ref})"]
        )

    def _moment(self, actor: Actor | None = None) -> Moment:
        return Moment(self._at, actor or self._actor)

    def _later(self, *, hours: float = 0, minutes: float = 0) -> None:
        self._at = min(self._at + timedelta(hours=hours, minutes=minutes), self.now)
