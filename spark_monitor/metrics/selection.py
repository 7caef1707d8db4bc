"""Which metrics the words of the configuration mean, overall, for single segments and for crossings."""

import difflib
from dataclasses import dataclass

from spark_monitor.metrics import FAMILIES, METRICS, SHARES, is_metric
from spark_monitor.metrics.bias import ERROR_METRICS, SCORING_RATE, SHRUNK
from spark_monitor.metrics.bias.findings import JUDGED
from spark_monitor.metrics.bias.measures import MEASURES

WORDS = ("all", "default", "none")


@dataclass(frozen=True)
class Selection:
    """The metrics that one scope gets.

    Parameters
    ----------
    families : frozenset of str
        Families of which it gets every metric.
    names : frozenset of str
        Metrics that it gets in whatever family; ``share:*`` stands for every class.
    on_reserved : frozenset of str
        Metrics that it gets in family "prediction" alone: on prediction, score and confidence.
    everything : bool
    of_groups : frozenset of (str, str) or None
        Metrics of family "bias" that it gets of single groups too, each with the way of comparing; None for all that
        it gets, in all ways.
    """

    families: frozenset = frozenset()
    names: frozenset = frozenset()
    on_reserved: frozenset = frozenset()
    everything: bool = False
    of_groups: frozenset | None = None

    def wants(self, name, family):
        """Say whether the metric `name` is wanted where its row is of `family`.

        The family of a reserved feature's metrics is "prediction", whatever they are; that of another feature's
        metrics is their own: "quality", "summary" or "drift".

        Examples
        --------
        >>> selected("default", "segments").wants("psi", "drift"), selected(["ks"], "segments").wants("psi", "drift")
        (True, False)
        """
        if self.everything or family in self.families:
            return True
        listed = self.names | self.on_reserved if family == "prediction" else self.names
        return name in listed or (":" in name and f"{name.partition(':')[0]}:*" in listed)

    def wants_of_group(self, name, way):
        """Say whether the metric `name` of family "bias" is wanted of single groups, compared in one way.

        That of a class is wanted where that of two classes is.

        Examples
        --------
        >>> [selected("default", "segments").wants_of_group(name, "to_rest") for name in ("recall_ratio", "f1_ratio")]
        [True, False]
        """
        return self.wants(name, "bias") and (self.of_groups is None or (name.partition(":")[0], way) in self.of_groups)


OF_SEGMENTS = ("accuracy", "precision", "recall", "f1", "roc_auc", "log_loss", "base_rate", "selection_rate", "maturity",
               "mae", "mean_error", "r2", "relation_shift", "estimation_support",
               # Of family "estimated" too; of family "bias" they are there anyway.
               *(f"{criterion}_{measure}" for criterion in JUDGED for measure in MEASURES))
OF_GROUPS = frozenset(
    [(f"{criterion}_{measure}", "to_rest") for criterion in JUDGED for measure in MEASURES]
    + [(f"{criterion}_{SHRUNK}", SHRUNK) for criterion in JUDGED]
    + [(name, "to_rest") for name in ERROR_METRICS]
    # Local Law 144's impact ratios.
    + [(f"{criterion}_ratio", "to_best") for criterion in ("selection_rate", SCORING_RATE)])

DEFAULTS = {
    "overall": Selection(everything=True),
    "segments": Selection(
        families=frozenset({"bias", "champion"}),
        names=frozenset({"row_count", "missing_rate", "mean", "psi", *OF_SEGMENTS}),
        on_reserved=frozenset({SHARES, "js_distance"}), of_groups=OF_GROUPS,
    ),
    "crossings": Selection(
        families=frozenset({"bias"}), names=frozenset({"row_count"}), on_reserved=frozenset({"psi", "mean", SHARES}),
        of_groups=OF_GROUPS,
    ),
}


def selected(words, scope):
    """Return what `words` select for one scope.

    Parameters
    ----------
    words : str or sequence of str
        "all", "default" or "none"; or names of metrics and of families. A family means all of its metrics,
        "prediction" all metrics of the reserved features; ``share:<class>`` is one class, ``share:*`` every class.
    scope : {"overall", "segments", "crossings"}

    Returns
    -------
    Selection

    Raises
    ------
    ValueError
        If a word is none of these.

    Examples
    --------
    >>> chosen = selected(["quality", "share:late"], "crossings")
    >>> chosen.wants("nan_rate", "quality"), chosen.wants("share:late", "prediction"), chosen.wants("ks", "drift")
    (True, True, False)
    """
    unknown = unknown_words(words)
    if unknown:
        raise ValueError(f"no metrics or families of metrics: {', '.join(repr(word) for word, _ in unknown)}")
    if words == "all":
        return Selection(everything=True)
    if words == "default":
        return DEFAULTS[scope]
    listed = frozenset() if words == "none" else frozenset(_listed(words))
    return Selection(families=listed & FAMILIES, names=listed - FAMILIES)


def unknown_words(words):
    """Return the words that mean nothing, each with the nearest word that does, or None.

    Parameters
    ----------
    words : str or sequence of str
        As for `selected`; a list can't hold "all", "default" or "none".

    Returns
    -------
    list of (str, str or None)

    Examples
    --------
    >>> unknown_words(["psi", "pis"]), unknown_words("al")
    ([('pis', 'psi')], [('al', 'all')])
    """
    known = [*METRICS, *sorted(FAMILIES), SHARES, *(WORDS if isinstance(words, str) else ())]
    wrong = [word for word in _listed(words) if word not in known and not is_metric(word)]
    return [(word, next(iter(difflib.get_close_matches(word, known, n=1)), None)) for word in wrong]


def _listed(words):
    return [words] if isinstance(words, str) else list(words)
