"""The page shows every number of its documents, where something broke, and every benchmark that is run."""

from pathlib import Path

from benchmarks.page import BEGIN, END, section, with_figures
from benchmarks.run_all import SMALL

ROOT = Path(__file__).parents[3]


def test_where_a_peer_broke_and_why_is_on_the_page():
    text = section({"benchmark": "count_vs_peers", "rows": 10, "columns": 2, "contenders": {}, "ratio": None,
                    "target": 60, "versions": {"peer": "peer 1.2"}, "smaller": {"1": {"peer, all": {
                        "cpu_s": 5000.0, "wall_s": 3.0}}},
                    "broken": [{"peer": "peer", "rows": 10, "ended": [], "error": "gave up after 600 s"}]})
    assert "- peer at 10 rows, after nothing: `gave up after 600 s`" in text
    assert "| peer, all | 5,000.0 | 3.0 | – | – | – |" in text
    assert "peer 1.2" in text


def test_what_a_benchmark_says_beside_is_on_the_page():
    text = section({"benchmark": "scaling", "rows": 10, "columns": 2, "contenders": {}, "ratio": None, "target": None,
                    "exponents": {"rows": 0.97}})
    assert 'Besides: exponents {"rows": 0.97}.' in text


def test_figures_are_replaced_and_nothing_else():
    once = with_figures(f"above\n{BEGIN}\n{END}\nbelow\n", ["one"])
    assert with_figures(once, ["one"]) == once
    assert once.startswith("above\n") and once.endswith("\nbelow\n")


def test_the_page_names_every_benchmark_and_has_its_marks():
    page = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    assert [name for name in SMALL if f"| `{name}` |" not in page] == []
    assert page.count(BEGIN) == page.count(END) == 1
