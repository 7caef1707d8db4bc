"""Is a fingerprint stable, and different for different things?"""

import hashlib

from spark_monitor.rules.fingerprint import fingerprint

ABOUT = {"model": "m", "rule": "r", "family": "drift", "metric": "psi", "feature": "x", "segment": None,
         "segment_value": None, "grain": "day", "reference": "training"}


def test_a_fingerprint_is_the_sha256_of_its_documented_text():
    text = '["m","r","drift","psi","x",null,null,"day","training",null]'
    assert fingerprint(**ABOUT) == hashlib.sha256(text.encode()).hexdigest()[:32]


def test_every_field_makes_a_difference():
    others = [fingerprint(**ABOUT | {name: "other"}) for name in [*ABOUT, "version"]]
    assert len({fingerprint(**ABOUT), *others}) == len(ABOUT) + 2


def test_null_is_not_the_empty_text_and_fields_do_not_run_together():
    texts = [{"segment": None}, {"segment": ""}, {"segment": "null"}, {"segment": 'a","b'},
             {"segment": "a", "segment_value": "b"}, {"segment": "ab"}]
    assert len({fingerprint(**ABOUT | text) for text in texts}) == len(texts)
