"""The floors of the package: imports only go down, never in a circle, and each floor uses only what it may."""

import ast
import sys
from graphlib import TopologicalSorter
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "spark_monitor"

# The longest name that fits decides.
FLOORS = {
    "spark_monitor": 0,
    "spark_monitor.catalogue": 0,
    "spark_monitor.errors": 0,
    "spark_monitor.once": 0,
    "spark_monitor.windows": 0,
    "spark_monitor.metrics": 0,
    "spark_monitor.rules": 0,
    "spark_monitor.decisions": 0,
    "spark_monitor.reviews": 0,
    "spark_monitor.cells": 0,
    "spark_monitor.cells.freeze": 2,
    "spark_monitor.cells.bundles": 2,
    "spark_monitor.cells.spark_feed": 2,
    "spark_monitor.cells.native_feed": 2,
    "spark_monitor.cells.here": 2,
    "spark_monitor.cells.freeze_here": 2,
    "spark_monitor.cells.shared_feed": 2,
    "spark_monitor.cells.score_feed": 2,
    "spark_monitor.cells.error_feed": 2,
    "spark_monitor.cells.class_feed": 2,
    "spark_monitor.cells.relation_feed": 2,
    "spark_monitor.cells.pair_feed": 2,
    "spark_monitor.config": 1,
    "spark_monitor.logs": 2,
    "spark_monitor.tables": 2,
    "spark_monitor.results": 2,
    "spark_monitor.alerts": 3,
    "spark_monitor.notify": 3,
    "spark_monitor.report": 3,
    "spark_monitor.pipeline": 3,
    "spark_monitor.cli": 4,
    "spark_monitor.demo": 4,
    "spark_monitor.session": 4,
    "spark_monitor.__main__": 4,
}
# What a floor may import besides Python's own library and what the floors below it may.
LIBRARIES = [
    {"spark_monitor", "numpy", "scipy", "pyarrow", "numba"},
    {"yaml", "pydantic", "pydantic_core"},
    {"pyspark", "deltalake"},
    {"apprise", "requests"},
    {"click", "pandas", "sklearn", "threadpoolctl"},
]
# RDDs and the JVM behind a session are not there on Spark Connect; toPandas merges null and NaN.
NOT_PUBLIC = {"rdd", "sparkContext", "_sc", "_jvm", "_jsc", "_jdf", "_jsparkSession", "toPandas"}
CLOCKS = {"now", "utcnow", "today", "current_timestamp", "current_date"}


def module_name(path):
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


TREES = {module_name(path): ast.parse(path.read_text(), path) for path in sorted(PACKAGE.rglob("*.py"))}


def floor_of(module):
    known = [name for name in FLOORS if module == name or (module + ".").startswith(name + ".")]
    name = max(known, key=len)
    assert name != "spark_monitor" or module == name, f"{module} has no floor: give it one in FLOORS"
    return FLOORS[name]


def imports_of(module):
    """Every module that this one names in an import, wherever in the file it stands."""
    for node in ast.walk(TREES[module]):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: imports are absolute"
            for name in node.names:
                inner = f"{node.module}.{name.name}"
                yield inner if inner in TREES else node.module


def attributes_used(names, but_for=None):
    """Where an attribute of one of these names is read: (module, line, name)."""
    return [
        (module, node.lineno, node.attr)
        for module, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in names and not (but_for and module.startswith(but_for))
    ]


def test_imports_only_go_down():
    pairs = [(module, name) for module in TREES for name in imports_of(module) if name in TREES]
    assert not [(module, name) for module, name in pairs if floor_of(name) > floor_of(module)]


def test_imports_go_in_no_circle():
    graph = {module: {name for name in imports_of(module) if name in TREES} - {module} for module in TREES}
    TopologicalSorter(graph).prepare()


def test_a_floor_uses_only_its_own_libraries():
    allowed = [set(sys.stdlib_module_names).union(*LIBRARIES[: floor + 1]) for floor in range(len(LIBRARIES))]
    pairs = [(module, name.partition(".")[0]) for module in TREES for name in imports_of(module)]
    assert not [(module, library) for module, library in pairs if library not in allowed[floor_of(module)]]


def test_only_public_dataframe_and_sql_interfaces_are_used():
    assert not attributes_used(NOT_PUBLIC)


def test_only_the_command_line_reads_the_clock():
    assert not attributes_used(CLOCKS, but_for="spark_monitor.cli")


def test_only_the_session_folder_makes_a_spark_session():
    assert not attributes_used({"getOrCreate"}, but_for="spark_monitor.session")
