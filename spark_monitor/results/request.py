"""What one evaluation is asked for: windows, references, selections; plain values that travel with a task."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class ReferenceRequest:
    """One thing that windows are compared with.

    Parameters
    ----------
    name : str
    kind : {"period", "table", "version", "rolling", "same_window"}
        The first three are stored reference cells; "rolling" and "same_window" are made of current cells.
    reference_id : str
    slices : int or None
        Slices that stored cells span; None where their rows have no time.
    rolling : int or None
        How many windows before.
    version : str or None
        The version whose same window is compared with.
    by_version : bool
        Compare each version with the same version of the reference.
    outcomes_as_of : int or None
        Up to when the outcomes of another table were known when it was frozen, microseconds; those of the log's own
        rows are followed.
    span : (int, int) or None
        Where its rows lie in the log, microseconds.
    """

    name: str
    kind: str
    reference_id: str
    slices: int | None = None
    rolling: int | None = None
    version: str | None = None
    by_version: bool = False
    outcomes_as_of: int | None = None
    span: tuple | None = None


@dataclass(frozen=True)
class WindowRequest:
    """One window that is to be published.

    Parameters
    ----------
    start, end : int
        Microseconds.
    slices : int
        Slices that it spans.
    before : tuple of int
        Beginnings of the windows before it that the log reaches back to, oldest first, at most as many as the longest
        rolling reference asks for.
    before_slices : tuple of int
        Slices of each of those.
    """

    start: int
    end: int
    slices: int
    before: tuple = ()
    before_slices: tuple = ()


@dataclass(frozen=True)
class ScoreRequest:
    """What the evaluation of score cells needs beside them.

    Parameters
    ----------
    bins_id : str
    edges : int
        Inner edges of the score bins, or of a regression's bins of predictions.
    groups : ndarray of int64
        The coarser group of each score bin.
    least : float
        Maturity below which numbers are immature.
    as_of : int
        Up to when outcomes were read, microseconds.
    unit, zone : str
        What slices are: "day" or "hour", in which time zone.
    reference : str
        Name of the first reference, which stands beside every number.
    protected : tuple of str
        Segments whose values must be treated alike.
    pivot : float
        Of the error cells of a regression.
    reference_as_of : int or None
        The same for outcomes of a reference that is not followed.
    costs : tuple of tuple of float
        What a row of each decision and outcome costs; empty where nobody said.
    benchmark : tuple of (str, float)
        Metrics, and the number that each is held to.
    against : dict of str to tuple of str
        What the groups of a protected column are compared with besides the rest: words and key texts of values.
    given : dict of str to tuple of str
        Control columns of a protected column, within whose values its groups are compared too.
    champion : str or None
        The version that others are compared with.
    loss : {"log_loss", "squared_error", "zero_one_loss"}
        By which loss.
    classes : tuple of (str, str, int)
        Of a model with several classes, in order: name, then `bins_id` and inner edges of its score bins ("" and 0
        where there are no scores). `bins_id` is then that of the cells of all classes.
    """

    bins_id: str
    edges: int
    groups: object
    least: float
    as_of: int
    unit: str
    zone: str
    reference: str
    protected: tuple = ()
    pivot: float = 0.0
    classes: tuple = ()
    reference_as_of: int | None = None
    costs: tuple = ()
    benchmark: tuple = ()
    against: dict = field(default_factory=dict)
    given: dict = field(default_factory=dict)
    champion: str | None = None
    loss: str = "log_loss"

    @property
    def reference_known(self):
        """Up to when outcomes of the reference are known, microseconds."""
        return self.as_of if self.reference_as_of is None else min(self.as_of, self.reference_as_of)


@dataclass(frozen=True)
class RelationRequest:
    """What the evaluation of relation cells needs beside them.

    Parameters
    ----------
    features : tuple of str
    classes : int
        Of the outcomes; 1 of a regression.
    """

    features: tuple
    classes: int


@dataclass(frozen=True)
class EvaluationRequest:
    """Everything that an evaluation needs beside the cells.

    Parameters
    ----------
    model, run_id : str
    computed_at : int
        Microseconds.
    bins : dict of (str, str) to Bins
        Family and feature to frozen bins.
    frozen_values : dict of str to frozenset
        Segment to its frozen values.
    windows : dict of str to tuple of WindowRequest
        Grain to windows, in order of time.
    references : tuple of ReferenceRequest
        The first is the one that non-comparing metrics state their reference value of.
    selections : dict of str to Selection
        For "overall", "segments" and "crossings".
    scores : ScoreRequest or None
    relations : RelationRequest or None
    """

    model: str
    run_id: str
    computed_at: int
    bins: dict
    frozen_values: dict
    windows: dict
    references: tuple
    selections: dict
    scores: object = None
    relations: object = None
