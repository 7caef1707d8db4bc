"""A run of many models that is broken off begins no further group of them."""

from types import SimpleNamespace

import pytest

from spark_monitor.pipeline import group
from spark_monitor.pipeline.group import Member, run_many


def test_groups_behind_a_broken_one_are_not_begun(monkeypatch, tmp_path):
    begun = []

    def together(store, members, *_):
        begun.append(members)
        raise KeyboardInterrupt

    monkeypatch.setattr(group, "TOGETHER", 1)
    monkeypatch.setattr(group, "_run_together", together)
    config = SimpleNamespace(results=str(tmp_path), predictions=SimpleNamespace(table="log"))
    with pytest.raises(KeyboardInterrupt):
        run_many(None, [Member(f"{number}.yml", config, None) for number in range(20)], "run", 0)
    assert len(begun) <= group.UNDER_WAY
