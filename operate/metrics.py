"""What Prometheus may ask of this process. No label tells whom it was about: they are channels and outcomes alone."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest

from dialogue.effects import Effect, Move
from operate.figures import Figures
from storage.claims import Due
from storage.inbox import Waiting
from storage.outbox import Outcome
from visits.visit import Status

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
SIZES = (1, 2, 5, 10, 20, 50, 100, 200)

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series of each, that nothing here needs


class Metrics:
    """Counts for as long as the process lives; how much waits is the same in each process that shares a database.

    `handled`, `carried` and `knocked` are what the desk, the postman and the webhook tell.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.registry = CollectorRegistry()
        gauge = self._gauge
        self._up = gauge("database_up", "Whether the database answered just now")
        self._waiting = gauge("arrivals_waiting", "Updates that are not handled yet")
        self._waits = gauge("arrivals_oldest_seconds", "For how long the first of them has waited")
        self._due = gauge("outbox_due", "Messages whose time has come")
        self._overdue = gauge("outbox_oldest_due_seconds", "For how long the first of them has been due")
        self._lost = gauge("outbox_dead", "Messages given up, or of unknown outcome, within the last hour")
        self.arrivals = self._histogram("arrival_seconds", "From the commit of an update to that of its handling")
        self.deliveries = self._counter("deliveries", "Tries to deliver a message", "channel", "outcome")
        self.delivery = self._histogram("delivery_seconds", "From a message's time to its arrival", labels=("channel",))
        self.floods = self._counter("flood_waits", "Rests that a channel has asked for", "channel")
        self.decisions = self._counter("decisions", "Requests decided by staff, and taken back", "outcome")
        self.requests = self._counter("webhook_requests", "Requests to a webhook", "outcome")
        self.batches = self._histogram("webhook_batch", "Updates in one commit", SIZES)

        # To look up a label takes longer than to count.
        self._deliveries = cache(self.deliveries.labels)
        self._delivery = cache(self.delivery.labels)

    def _gauge(self, name: str, what: str) -> Gauge:
        return Gauge(f"mulakat_{name}", what, registry=self.registry)

    def _counter(self, name: str, what: str, *labels: str) -> Counter:
        return Counter(f"mulakat_{name}", what, labels, registry=self.registry)

    def _histogram(
        self, name: str, what: str, buckets: Sequence[float] = SECONDS, labels: Sequence[str] = ()
    ) -> Histogram:
        return Histogram(f"mulakat_{name}", what, labels, buckets=buckets, registry=self.registry)

    def handled(self, one: Waiting, effects: Sequence[Effect]) -> None:
        """After the commit."""
        self.arrivals.observe(self._since(one.at))
        for effect in effects:
            if isinstance(effect, Move) and effect.by == "staff":
                undone = effect.to is Status.PENDING
                self.decisions.labels("undone" if undone else effect.to.value.lower()).inc()

    def carried(self, due: Due, outcome: Outcome) -> None:
        """After each try."""
        channel = due.body.to.channel
        if outcome.rest:
            self.floods.labels(channel).inc()
        self._deliveries(channel, outcome.status).inc()
        if outcome.status == "sent":
            self._delivery(channel).observe(self._since(due.due))

    def knocked(self, what: str, number: int) -> None:
        if what == "batch":
            self.batches.observe(number)
        else:
            self.requests.labels(what).inc(number)

    def _since(self, then: datetime) -> float:
        return max((self.clock() - then).total_seconds(), 0.0)

    def shown(self, figures: Figures | None) -> bytes:
        """Prometheus' text; what waits is as it was when the database last answered."""
        self._up.set(figures is not None)
        if figures:
            self._waiting.set(figures.waiting)
            self._waits.set(figures.waits)
            self._due.set(figures.due)
            self._overdue.set(figures.overdue)
            self._lost.set(figures.lost)
        return generate_latest(self.registry)
