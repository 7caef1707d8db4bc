"""Are protected segments told to the evaluation by the names that cells hold groups by?"""

from spark_monitor.cells.render import alias
from spark_monitor.config import load_config_text
from spark_monitor.pipeline.protected import protected_request

CONFIG = """
model: credit
predictions: {table: logs/credit, id: loan, time: at, score: p}
references: [{rolling: 4}]
segments: [region, job, [region, job]]
protected: [{column: region, against: [best, "(north)"], given: job}, {column: job, against: [largest, clerk]}]
sensitive: [job]
results: results/credit
"""


def test_groups_are_named_by_key_texts_and_sensitive_ones_by_their_aliases():
    assert protected_request(load_config_text(CONFIG, "m.yml", {})) == {
        "protected": ("region", "job"), "given": {"region": ("job",)},
        "against": {"region": ("best", "\\(north)"), "job": ("largest", alias("clerk"))}}


def test_a_plain_column_asks_for_nothing_more():
    plain = CONFIG.replace(CONFIG[CONFIG.index("protected"):CONFIG.index("sensitive")], "protected: region\n")
    assert protected_request(load_config_text(plain, "m.yml", {})) == {
        "protected": ("region",), "against": {}, "given": {}}
