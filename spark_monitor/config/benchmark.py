"""Which numbers is the model held to? Each must be one that its windows are published with."""

from pydantic_core import PydanticCustomError

from spark_monitor.config.mistakes import mistake
from spark_monitor.config.names import check_metric_name
from spark_monitor.metrics import metric_facts
from spark_monitor.metrics.performance import PERFORMANCE_METRICS
from spark_monitor.metrics.performance.class_metrics import TOP_K, class_metric
from spark_monitor.metrics.performance.cost import cost
from spark_monitor.metrics.performance.parameters import has_score_parameter
from spark_monitor.metrics.performance.regression import REGRESSION_METRICS, has_parameter
from spark_monitor.metrics.selection import selected
from spark_monitor.metrics.spec import BENCHMARK

FAMILY = "performance"


def find_benchmark_mistakes(benchmark, known, labels):
    """Yield the mistakes, each with its place, that a benchmark makes about the rest of the configuration.

    Parameters
    ----------
    benchmark : dict of str to float
    known : dict
        The fields before it; those that are wrong themselves are left out, and so are the checks that need them.
    labels : tuple of str
        Of the classes.
    """
    if benchmark and known.get("outcomes", True) is None:
        yield (), mistake("outcomes, which its numbers are compared by", found="no outcomes")
    if benchmark and any(reference.name == BENCHMARK for reference in known.get("references", ())):
        yield (), mistake("another name for the reference of that name", found="a reference of that name")
    if {"task", "metrics", "costs"} <= known.keys():
        for name, value in benchmark.items():
            yield from (((name,), error) for error in _find_mistakes(name, value, known, labels))


def _find_mistakes(name, value, known, labels):
    try:
        check_metric_name(name)
    except PydanticCustomError as error:
        yield mistake("the name of a metric", found=repr(name), hint=error.context.get("hint"))
        return
    facts = performance_facts(name, known, labels)
    if facts is None:
        yield mistake(f"a metric of {FAMILY} that task {known['task']} has", found=repr(name))
    elif not facts.lower <= value <= facts.upper:
        yield mistake(f"a number from {facts.lower:g} to {facts.upper:g}")
    elif not is_selected(name, known["metrics"].overall):
        yield mistake("a metric that metrics.overall has", found=repr(name))


def performance_facts(name, known, labels):
    """Return the facts of a number that the task is published with, None where it has none of that name."""
    task, of_classes = known["task"], name.partition(":")
    if task == "regression":
        return metric_facts(name) if name in REGRESSION_METRICS or has_parameter(name) else None
    if task == "binary":
        if name == "cost":
            return cost(known["costs"]) if known["costs"] else None
        return metric_facts(name) if name in PERFORMANCE_METRICS or has_score_parameter(name) else None
    if of_classes[1] and of_classes[2] not in labels:
        return None
    try:
        return class_metric(name)
    except KeyError:
        return None


def is_selected(name, words):
    """Say whether overall rows have the metric; one with a parameter only where it is selected by name."""
    with_parameter = has_parameter(name) or has_score_parameter(name) or name.startswith(TOP_K + "@")
    chosen = selected(words, "overall")
    return name in chosen.names if with_parameter else chosen.wants(name, FAMILY)
