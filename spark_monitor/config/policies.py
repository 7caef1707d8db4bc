"""When should a model be trained again, or rolled back? And how long may a person take to judge?"""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator

from spark_monitor.config.benchmark import is_selected, performance_facts
from spark_monitor.config.fields import Duration, Number, Section, Text, whole
from spark_monitor.config.mistakes import PARENT, mistake, refuse
from spark_monitor.config.names import check_metric_name
from spark_monitor.decisions import POLICIES
from spark_monitor.decisions.spec import PROBLEMS, Policy
from spark_monitor.metrics.selection import selected

OPTIONS = ("metric", "margin", "p_below", "windows", "of", "after", "rows", "training")


class PolicyConfig(Section):
    """One policy: what makes a decision. Each kind takes some of the keys.

    Examples
    --------
    >>> policy = PolicyConfig(name="half-yearly", when="age", after="182d")
    >>> policy.settled().training == 365 * 86_400_000_000
    True
    """

    name: Text
    """Unique among the policies; decisions are told apart by it."""
    when: Literal["age", "performance_loss", "concept_drift", "label_drift", "new_labels", "worse_version"]
    """What it looks at. To retrain: the version's age, a metric worse than in the first reference, relation_shift,
    base_rate_shift, enough labelled rows since the version began. To roll back: a version that began after the champion
    and is worse."""
    metric: Annotated[Text, AfterValidator(check_metric_name)] | None = None
    """Of performance_loss, any metric of performance; of worse_version one of champion, loss_vs_champion where not
    given."""
    margin: Annotated[Number, Field(ge=0)] | None = None
    """By how much it must be worse, in its own unit and with its whole interval; 0 where not given, of concept_drift
    0.02 (of the value), of label_drift 0.05."""
    p_below: Annotated[Number, Field(gt=0, lt=1)] | None = None
    """Of concept_drift: the largest p-value that counts; 0.001 where not given."""
    windows: whole(1) | None = None
    """In so many of the last `of` windows; 3 of 4 of performance_loss, else 2 of 3, where not given."""
    of: whole(1) | None = None
    """Among how many windows."""
    after: Duration | None = None
    """Of age: how old a version may become, such as 182d."""
    rows: whole(1) | None = None
    """Of new_labels: how many labelled rows are enough."""
    training: Annotated[Duration | None, Field(validate_default=True)] = None
    """How long a training window is proposed, up to the window judged; 365d where not given."""

    @field_validator("training")
    @classmethod
    def _check_it_can_decide(cls, training, info):
        known = {**info.data, "training": training}
        if known.keys() == cls.model_fields.keys():
            refuse(((PARENT, *place), error) for place, error in _find_mistakes(known))
        return training

    def settled(self):
        """Return the `Policy`, with what stands for keys that were not given; durations as microseconds."""
        given = {name: getattr(self, name) for name in ("name", "when", *OPTIONS)}
        return POLICIES[self.when].settled(Policy(**{name: _micros(value) for name, value in given.items()}))


class ReviewTerms(Section):
    """How long people may take to judge what waits in `reviews`.

    Examples
    --------
    >>> ReviewTerms(due="3d").escalate.days
    7
    """

    due: Duration = timedelta(days=14)
    """From the run that asked until an answer is due; then the review is marked as aged."""
    escalate: Annotated[Duration, Field(ge=timedelta(hours=1))] = timedelta(days=7)
    """After that, how long until it is marked again, one level up."""

    @property
    def lengths(self):
        """Both durations in microseconds."""
        return _micros(self.due), _micros(self.escalate)


def _micros(value):
    return value // timedelta(microseconds=1) if isinstance(value, timedelta) else value


def _find_mistakes(known):
    kind = POLICIES[known["when"]]
    lacking = [name for name in kind.needs if known[name] is None]
    if lacking:
        yield (), mistake(f"{' and '.join(lacking)}, which {kind.name} needs", found=f"no {' and '.join(lacking)}")
    for name in OPTIONS:
        if known[name] is not None and name not in kind.needs and name not in kind.defaults:
            yield (name,), mistake(f"no {name}, as {kind.name} doesn't take it")
    policy = kind.settled(Policy(**{name: _micros(value) for name, value in known.items()}))
    if policy.windows is not None and policy.windows > policy.of:
        yield ("windows",), mistake(f"at most of, {policy.of}", found=str(policy.windows))
    problem = kind.problem(policy.metric) if kind.problem and policy.metric else None
    if problem:
        yield ("metric",), mistake(PROBLEMS[problem])


def find_policy_mistakes(policies, known, labels):
    """Yield the mistakes, each with its place, that policies make about the rest of the configuration.

    Parameters
    ----------
    policies : tuple of PolicyConfig
    known : dict
        The fields before it; those that are wrong themselves are left out, and so are the checks that need them.
    labels : tuple of str
        Of the classes.
    """
    names = [policy.name for policy in policies]
    for at, policy in enumerate(policies):
        kind = POLICIES[policy.when]
        if policy.name in names[:at]:
            yield (at, "name"), mistake("a name of its own", found=f"the name of another policy, {policy.name!r}")
        if kind.needs_outcomes and known.get("outcomes", True) is None:
            yield (at, "when"), mistake("outcomes, which it needs", found=f"{policy.when} without outcomes")
        elif policy.when == "worse_version" and known.get("champion", True) is None:
            yield (at, "when"), mistake("a champion to go back to", found="worse_version without a champion")
        elif kind.tasks and known.get("task", kind.tasks[0]) not in kind.tasks:
            yield (at, "when"), mistake(f"task {' or '.join(kind.tasks)} with {policy.when}", found=known["task"])
        elif kind.metric and {"task", "metrics", "costs"} <= known.keys():
            for place, error in _find_unpublished(policy.settled(), kind, known, labels):
                yield (at, *place), error


def _find_unpublished(policy, kind, known, labels):
    """Yield why a policy watches a number that is never published."""
    family, metric = kind.metric(policy)
    words = known["metrics"].overall
    if family == "performance":
        place, there = ("metric",), is_selected(metric, words)
        if performance_facts(metric, known, labels) is None:
            yield place, mistake(f"a metric of {family} that task {known['task']} has", found=repr(metric))
            return
    else:
        place, there = ("when",), selected(words, "overall").wants(metric, family)
    if not there:
        yield place, mistake(f"metrics.overall to have {metric}, which it watches", found="none of it")
