"""Which words of a configuration are names of metrics?"""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Tag

from spark_monitor.config.fields import InEditors, Section, Text, as_list, check_distinct
from spark_monitor.config.mistakes import mistake, refuse
from spark_monitor.config.problems import find_nearest
from spark_monitor.metrics import FAMILIES, METRICS, is_metric
from spark_monitor.metrics.selection import SHARES, WORDS, unknown_words


def known_metric_names():
    """Return the names that a rule's metric can have, apart from ``share:<class>``, ``within@<tolerance>`` and such.

    Examples
    --------
    >>> "missing_rate" in known_metric_names(), "quality" in known_metric_names()
    (True, False)
    """
    return tuple(METRICS)


def check_metric_name(name):
    """Return `name` where it is exactly one metric, as a rule needs it.

    Examples
    --------
    >>> check_metric_name("share:late")
    'share:late'
    """
    if name == SHARES:
        raise mistake("one class, share:<class>")
    if not is_metric(name):
        known = [*known_metric_names(), "share:<class>"]
        raise mistake("the name of a metric", hint=find_nearest(name, known))
    return name


def check_selected_names(names):
    """Return `names` where each selects one metric or all of a family.

    Examples
    --------
    >>> check_selected_names(("quality", "psi"))
    ('quality', 'psi')
    """
    refuse(((at,), error) for at, name in enumerate(names) for error in _find_mistakes(name))
    return names


def _find_mistakes(name):
    if name in WORDS:
        yield mistake(f"{name} alone, or names of metrics and families")
        return
    families = ", ".join(sorted(FAMILIES))
    for _, nearest in unknown_words([name]):
        yield mistake(f"the name of a metric, or a family ({families})", hint=nearest or find_nearest(name, WORDS))


Selected = Annotated[
    Annotated[Literal["all", "default", "none"], Tag("(word)")]
    | Annotated[
        tuple[Text, ...],
        BeforeValidator(as_list),
        AfterValidator(check_distinct),
        AfterValidator(check_selected_names),
        InEditors({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
        Tag("(names)"),
    ],
    Discriminator(lambda value: "(word)" if isinstance(value, str) and value in WORDS else "(names)"),
]


class Selections(Section):
    """Which metrics each part of the data gets: all, default, none, or names of metrics and families.

    Examples
    --------
    >>> Selections(crossings="row_count")
    Selections(overall='all', segments='default', crossings=('row_count',))
    """

    overall: Selected = "all"
    """All rows together."""
    segments: Selected = "default"
    """Each value of each single segment."""
    crossings: Selected = "default"
    """Each value of each crossing of segments."""
