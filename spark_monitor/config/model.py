"""What the user asks for: one monitored model, from its logs to its results."""

import hashlib
import json
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, field_validator

from spark_monitor.config.benchmark import find_benchmark_mistakes
from spark_monitor.config.fields import Columns, InEditors, Number, Section, Text, Texts, as_list, check_distinct, whole
from spark_monitor.config.mistakes import PARENT, mistake, refuse
from spark_monitor.config.names import Selections
from spark_monitor.config.notify import Notify
from spark_monitor.config.options import BinOptions, Costs, Owner
from spark_monitor.config.policies import PolicyConfig, ReviewTerms, find_policy_mistakes
from spark_monitor.config.predictions import Outcomes, Predictions, Relation
from spark_monitor.config.protected import Protecteds, find_mistakes
from spark_monitor.config.references import Reference, place_references
from spark_monitor.config.retention import Retention, find_retention_mistakes
from spark_monitor.config.rules import RuleConfig, find_rule_mistakes
from spark_monitor.config.windows import Windows

NAMES = {"type": "array", "items": {"type": "string"}}
Segments = Annotated[
    tuple[Columns, ...],
    BeforeValidator(as_list),
    AfterValidator(check_distinct),
    InEditors({"anyOf": [{"type": "string"}, {"type": "array", "items": {"anyOf": [{"type": "string"}, NAMES]}}]}),
]


def _labels(classes, predictions):
    return classes or tuple(predictions.score if isinstance(predictions.score, dict) else ())


class MonitorConfig(Section):
    """The configuration of one monitored model, checked; every default is in it.

    Examples
    --------
    >>> config = MonitorConfig(model="credit", results="results/credit", references=[{"rolling": 4}],
    ...                        predictions={"table": "logs/credit", "id": "loan", "time": "at", "score": "p"})
    >>> config.windows.grain, config.predictions.features.include is None, config.references[0].kind
    ('day', True, 'rolling')
    """

    version: Literal[1] = 1
    """The version of this file's format."""
    model: Text
    """The model's name; all its rows in the result tables carry it."""
    owner: Owner | None = None
    task: Literal["binary", "multiclass", "regression", "ranking"] = "binary"
    """What the model predicts."""
    classes: Texts = ()
    """Of a binary model its two labels, the negative one first; false and true, or 0 and 1, where not given. Of a
    multiclass model all labels; those of predictions.score where not given."""
    predictions: Predictions
    outcomes: Outcomes | None = None
    windows: Windows = Windows()
    references: tuple[Reference, ...]
    """What the current window is compared with; the first one freezes the bins."""
    champion: Text | None = None
    """The version that the others are compared with on the ids that both score; needs outcomes. `backfill` compares
    windows that were counted before there was this champion."""
    segments: Segments = ()
    """Columns whose values are looked at apart, and lists of columns that are crossed."""
    protected: Protecteds = ()
    """Those of the segments that must be treated alike."""
    metrics: Selections = Selections()
    results: Text
    """Where the result tables are: a folder, or catalog.schema."""
    rules: tuple[RuleConfig, ...] = ()
    """What makes an alert; sensible defaults where empty."""
    notify: Notify = Notify()
    """Who is told of alerts."""
    bins: BinOptions = BinOptions()
    costs: Costs = Field((), validate_default=True)
    """What a decision costs, [[true negative, false negative], [false positive, true positive]]; a gain is negative."""
    scan: Literal["auto", "native", "spark"] = "auto"
    """How logs are read: their files directly, as fast as they decode; by Spark; or the first wherever it is certain
    to be right. Cells are the same; `runs` says which it was, and why."""
    benchmark: dict[Text, Number] = {}
    """What the model is held to, metric: number; windows are compared with it beside the references."""
    min_maturity: Annotated[Number, Field(ge=0, le=1)] = 0.995
    """Share of a window's outcomes, of the class that comes last, below which numbers are published as immature; where
    the reference knows few outcomes of a class, somewhat more must have come."""
    policies: tuple[PolicyConfig, ...] = ()
    """What makes a decision, to retrain or to roll back; nothing is decided where empty."""
    reviews: ReviewTerms = ReviewTerms()
    """How long people may take to judge what waits for them."""
    relation: Relation = False
    """Whether outcomes and losses are also counted by the values of features: of all, or of {features: [globs]}. It
    costs a second join of both logs, and about 0.2 microseconds of a core for each labelled row and feature."""
    retention: Retention = Retention()
    """How long `spark-monitor maintain` keeps rows of the result tables; for ever where nothing is said."""
    min_cell: whole(1) = 10
    """Categories with fewer rows are never stored by name."""
    sensitive: Texts = ()
    """Names and globs of columns whose categories are stored as hashes."""

    _masked: dict | None = PrivateAttr(None)

    @field_validator("classes")
    @classmethod
    def _check_there_are_two(cls, classes, info):
        if classes and info.data.get("task") == "binary" and len(classes) != 2:
            raise mistake("two labels, the negative one first", found=f"{len(classes)}")
        if len(classes) == 1 and info.data.get("task") == "multiclass":
            raise mistake("two labels at least", found="1")
        return classes

    @field_validator("predictions")
    @classmethod
    def _check_score_fits_task(cls, predictions, info):
        task, by_class = info.data.get("task"), isinstance(predictions.score, dict)
        if task == "multiclass" and isinstance(predictions.score, str):
            refuse([(("score",), mistake("a mapping of class to column, as task multiclass needs"))])
        if task not in (None, "multiclass") and by_class:
            refuse([(("score",), mistake(f"one column, since task is {task} and not multiclass"))])
        labels = info.data.get("classes")
        if by_class and labels and set(labels) != set(predictions.score):
            refuse([(("score",), mistake(f"a column for each of the classes: {', '.join(labels)}"))])
        if task not in (None, "regression") and predictions.low is not None:
            refuse([(("low",), mistake(f"none, since task is {task} and not regression"))])
        return predictions

    @field_validator("outcomes")
    @classmethod
    def _check_ids_match(cls, outcomes, info):
        predictions = info.data.get("predictions")
        if outcomes and info.data.get("task") == "ranking":
            raise mistake("none, as outcomes of rankings are not counted")
        if outcomes and predictions and len(outcomes.id) != len(predictions.id):
            expected = f"as many as predictions.id has, {len(predictions.id)}"
            refuse([(("id",), mistake(expected, found=f"{len(outcomes.id)} columns"))])
        of_several = outcomes and predictions and info.data.get("task") == "multiclass"
        if of_several and not info.data.get("classes", True) and predictions.score is None:
            expected = "the labels of the model, as it has no scores by class"
            refuse([((PARENT, "classes"), mistake(expected, found="none"))])
        return outcomes

    @field_validator("references")
    @classmethod
    def _place_references(cls, references, info):
        windows = info.data.get("windows")
        return place_references(references, windows.time_zone if windows else "UTC")

    @field_validator("champion")
    @classmethod
    def _check_versions_can_be_compared(cls, champion, info):
        predictions = info.data.get("predictions")
        if champion is not None and predictions and predictions.version is None:
            raise mistake("none, as predictions.version names no column of versions")
        if champion is not None and info.data.get("outcomes", "wrong") is None:
            raise mistake("none, as there are no outcomes by which versions could be compared")
        return champion

    @field_validator("protected")
    @classmethod
    def _check_protected_are_segments(cls, protected, info):
        if info.data.get("segments") is not None:
            refuse(find_mistakes(protected, info.data["segments"]))
        return protected

    @field_validator("costs")
    @classmethod
    def _check_costs_are_used(cls, costs, info):
        task, metrics = info.data.get("task"), info.data.get("metrics")
        if costs and task not in (None, "binary"):
            raise mistake(f"none, since task is {task} and not binary")
        asked = [] if costs or metrics is None else [(scope, words.index("cost")) for scope, words in metrics
                                                     if not isinstance(words, str) and "cost" in words]
        expected = "a metric that needs no costs, or costs beside it"
        refuse(((PARENT, "metrics", *place), mistake(expected, found="'cost'")) for place in asked)
        return costs

    @field_validator("rules")
    @classmethod
    def _check_rules_against_the_rest(cls, rules, info):
        rest = {key: info.data.get(key) for key in ("windows", "references", "segments", "champion")}
        refuse(find_rule_mistakes(rules, **rest))
        return rules

    @field_validator("benchmark")
    @classmethod
    def _check_benchmark_against_the_rest(cls, benchmark, info):
        known = info.data
        if {"classes", "predictions"} <= known.keys():
            refuse(find_benchmark_mistakes(benchmark, known, _labels(known["classes"], known["predictions"])))
        return benchmark

    @field_validator("policies")
    @classmethod
    def _check_policies_against_the_rest(cls, policies, info):
        known = info.data
        if {"classes", "predictions"} <= known.keys():
            refuse(find_policy_mistakes(policies, known, _labels(known["classes"], known["predictions"])))
        return policies

    @field_validator("retention")
    @classmethod
    def _check_nothing_needed_goes(cls, retention, info):
        known = info.data
        if {"windows", "references", "outcomes"} <= known.keys():
            refuse(find_retention_mistakes(retention, known["windows"], known["references"], known["outcomes"]))
        return retention

    @field_validator("relation")
    @classmethod
    def _check_there_are_outcomes(cls, relation, info):
        if relation and info.data.get("outcomes", True) is None:
            raise mistake("outcomes, which it counts")
        return relation

    @property
    def relation_features(self):
        """Names and globs of the features by whose values labelled rows are counted; none where they are not."""
        if isinstance(self.relation, bool):
            return ("*",) if self.relation else ()
        return self.relation.features

    @property
    def labels(self):
        """The labels of the classes, in order; none where a binary model or a regression names none."""
        return _labels(self.classes, self.predictions)

    @property
    def config_hash(self):
        """The SHA-256 of the whole configuration, defaults and values of variables included, as 64 hex digits."""
        written = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(written.encode()).hexdigest()

    def masked(self):
        """Return the configuration for the run record: JSON types, and ``${NAME}`` for each text that had variables."""
        return self.model_dump(mode="json") if self._masked is None else self._masked

    def with_masked(self, masked):
        """Return the same configuration that answers `masked` when it is asked for its record."""
        config = self.model_copy()
        config._masked = masked
        return config
