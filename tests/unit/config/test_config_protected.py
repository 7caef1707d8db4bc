"""In which forms protected segments are written, and what is refused."""

from spark_monitor.config.protected import compared_with, controls

SEGMENTS = "segments: [carrier, origin, [origin, carrier]]"


def test_a_column_is_written_alone_or_with_what_it_is_compared_with(load):
    written = ["protected: carrier", "protected: [carrier, {column: origin, against: [best, JFK]}]",
               "protected: {column: carrier, given: origin}"]
    read = [load(segments=SEGMENTS, protected=one).protected for one in written]
    assert read[0] == ("carrier",) and read[1][0] == "carrier"
    assert [compared_with(one) for one in read] == [{}, {"origin": ("best", "JFK")}, {}]
    assert [controls(one) for one in read] == [{}, {}, {"carrier": ("origin",)}]


def test_what_the_segments_do_not_hold_is_refused_where_it_stands(messages):
    told = messages(segments="segments: [carrier]",
                    protected="protected: [{column: carier, against: best}, {column: carrier, given: [origin]}]")
    assert told[0].startswith("protected[0].column: found 'carier', expected a column that is a segment by itself")
    assert told[1] == ("protected[1].given[0]: found 'origin', expected a column that segments cross with carrier: "
                       "[origin, carrier]")


def test_a_column_stands_once(messages):
    told = messages(segments=SEGMENTS, protected="protected: [carrier, {column: carrier}]")
    assert told == ["protected[1]: found a mapping, expected each column once"]


def test_an_unknown_option_is_told_with_those_there_are(messages):
    told = messages(segments=SEGMENTS, protected="protected: [{column: carrier, agianst: best}]")
    assert told == ["protected[0].agianst: found an unknown key, expected one of column, against, given. "
                    "Did you mean 'against'?"]
