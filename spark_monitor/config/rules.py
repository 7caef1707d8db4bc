"""Which metrics are judged, by which bounds?"""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator

from spark_monitor.config.fields import Bound, InEditors, Number, Section, Text, Texts, whole
from spark_monitor.config.mistakes import PARENT, mistake, refuse, unknown_word
from spark_monitor.config.names import check_metric_name
from spark_monitor.config.references import unknown_reference
from spark_monitor.config.windows import Grain
from spark_monitor.metrics import metric_facts
from spark_monitor.rules import RULES
from spark_monitor.rules.spec import OVERALL, PROBLEMS, Rule

FOUND_AND_EXPECTED = {
    "no_threshold": ("neither warn nor critical", "one of the two at least"),
    "no_direction": ("no direction", "direction above or below, or bounds [low, high]: {metric} can be bad both ways"),
    "bounds_for_one_side": ("bounds [low, high]", "one number, as direction above and below take"),
    "outside_needs_bounds": ("one number", "bounds [low, high] for warn and critical alike"),
    "critical_before_warn": ("critical reached before warn", "warn to be reached first"),
}

# A year of days: what decides about an alert is carried from run to run.
MOST_WINDOWS = 366


def check_persistence(windows):
    """Return two numbers of windows, k of n."""
    if len(windows) != 2:
        raise mistake("two numbers, [k, n]", found=f"{list(windows)}")
    if windows[0] > windows[1]:
        raise mistake("[k, n] with k <= n", found=f"[{windows[0]}, {windows[1]}]")
    return windows


Persist = Annotated[
    tuple[whole(1, MOST_WINDOWS), ...],
    AfterValidator(check_persistence),
    InEditors({"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": MOST_WINDOWS}, "minItems": 2,
               "maxItems": 2}),
]


class RuleConfig(Section):
    """One rule; its keys are those of `spark_monitor.rules.spec.Rule`, which says what each means.

    Examples
    --------
    >>> rule = RuleConfig(name="missing", metric="missing_rate", warn=0.05, feature="temp_*")
    >>> Rule(**rule.model_dump()).feature
    ('temp_*',)
    """

    name: Text
    """Unique among the rules; alerts are told apart by it."""
    metric: Annotated[Text, AfterValidator(check_metric_name)]
    """The exact name of a metric, or share:<class>."""
    kind: Literal["threshold", "habit"] = "threshold"
    """How it is judged: by the bounds alone; or, for psi, beyond what sampling and the feature's own wander explain,
    where warn and critical say how large a change must be beyond habit to matter."""
    warn: Bound | None = None
    """The value beyond which to warn, in the metric's unit; [low, high] with direction outside."""
    critical: Bound | None = None
    """The value beyond which it is critical; [low, high] with direction outside."""
    direction: Annotated[Literal["above", "below", "outside"] | None, Field(validate_default=True)] = None
    """Which side of a bound is bad; what the metric says of itself where not given."""
    feature: Texts = ()
    """Names and globs of features; all where not given."""
    segment: Texts = ()
    """Names and globs of segments, or overall; where not given, overall and each single segment."""
    family: Texts = ()
    """Names and globs of families of metrics, such as drift or prediction; all where not given."""
    segment_value: Texts = ()
    """Values and globs of values of the segment; all where not given."""
    grain: Grain | None = None
    """The window's length; windows.grain where not given."""
    reference: Text | None = None
    """The name of a reference, or champion:<version>; the first reference where not given."""
    version: Text | None = None
    """A model version; all together where not given."""
    min_rows: whole(0) = 0
    """Rows below which a value isn't judged."""
    on: Literal["value", "limit"] = "value"
    """What is held against the bounds: the value, or the limit of its interval that is nearest to harmless."""
    p_below: Annotated[Number, Field(gt=0, lt=1)] | None = None
    """The largest p-value with which a bound counts as crossed; none is asked for where not given."""
    persist: Persist = (1, 1)
    """[k, n]: an alert opens where k of the last n judged windows are breached, the present one among them."""
    clear: whole(1, MOST_WINDOWS) = 1
    """How many ok windows in a row resolve an alert."""
    cool_off: whole(0, MOST_WINDOWS) = 0
    """How many judged windows after it resolved an alert doesn't open again, unless at a worse level."""

    @field_validator("direction")
    @classmethod
    def _check_it_can_judge(cls, direction, info):
        known = info.data
        if {"name", "metric", "kind", "warn", "critical"} <= known.keys():
            word = RULES[known["kind"]].problem(Rule(**known, direction=direction),
                                                metric_facts(known["metric"]).direction)
            if word:
                found, expected = FOUND_AND_EXPECTED.get(word, ("a rule that can't judge", PROBLEMS[word]))
                refuse([((PARENT,), mistake(expected.format(metric=known["metric"]), found=found))])
        return direction


def find_rule_mistakes(rules, *, windows, references, segments, champion=None):
    """Yield the mistakes, each with its place, that rules make about the rest of the configuration.

    Parameters
    ----------
    rules : sequence of RuleConfig
    windows : Windows or None
    references : sequence of Reference or None
    segments : sequence of tuple of str or None
        Of these three, None leaves out the checks that need it.
    champion : str or None
        The version that others are compared with.
    """
    names = [rule.name for rule in rules]
    grains = [windows.grain, *windows.rollups] if windows else None
    compared = {reference.name for reference in references or ()} | ({f"champion:{champion}"} if champion else set())
    known = {OVERALL, *(" × ".join(columns) for columns in segments or ())}
    for at, rule in enumerate(rules):
        if rule.name in names[:at]:
            yield (at, "name"), mistake("a name of its own", found=f"the name of another rule, {rule.name!r}")
        if grains and rule.grain is not None and rule.grain not in grains:
            yield (at, "grain"), unknown_word(rule.grain, grains)
        if references and rule.reference is not None and rule.reference not in compared:
            yield (at, "reference"), unknown_reference(rule.reference, references)
        if segments is not None:
            for place, word in enumerate(rule.segment):
                if word not in known and not set("*?[") & set(word):
                    yield (at, "segment", place), unknown_word(word, sorted(known))
