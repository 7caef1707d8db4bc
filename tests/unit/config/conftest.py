"""A small valid configuration, and what the loader says of it when some of its blocks are replaced."""

import pytest

from spark_monitor.config import check_text, load_config_text

BLOCKS = {
    "model": "model: credit",
    "predictions": "predictions: {table: logs/credit, id: loan, time: at, score: p}",
    "references": "references: [{name: launch, start: 2024-01-01, end: 2024-02-01}]",
    "results": "results: results/credit",
}


def _text(blocks):
    return "\n".join({**BLOCKS, **blocks}.values())


@pytest.fixture
def load():
    """Return a function: blocks of YAML by key -> the configuration."""
    return lambda environ=None, **blocks: load_config_text(_text(blocks), "m.yml", environ or {})


@pytest.fixture
def messages():
    """Return a function: blocks of YAML by key -> each problem as ``path: message``."""
    return lambda environ=None, **blocks: [
        f"{problem.path}: {problem.message}" for problem in check_text(_text(blocks), "m.yml", environ or {})[1]
    ]
