"""Which verdicts, window after window, are about the same thing, and so about the same alert?"""

import hashlib
import json


def fingerprint(*, model, rule, family, metric, feature, segment, segment_value, grain, reference, version=None):
    """Return the stable name of an alert: 32 hex digits of the SHA-256 of what it is about.

    The fields are written as a JSON array in the order of the signature, so that no two different tuples share a text
    and NULL differs from the empty text. The family is among them because one metric name can stand in two families,
    as realised and estimated accuracy do.

    Parameters
    ----------
    model, rule, family, metric, grain : str
    feature, segment, segment_value, reference : str or None
        As in the metric row.
    version : str or None
        Only where the rule names a version; None lets an alert live on from one version to the next.

    Examples
    --------
    >>> fingerprint(model="m", rule="drift", family="drift", metric="psi", feature="x", segment=None,
    ...             segment_value=None, grain="day", reference="training")
    '9483c2c8557ab648ed39ced0852015af'
    """
    about = [model, rule, family, metric, feature, segment, segment_value, grain, reference, version]
    return hashlib.sha256(json.dumps(about, separators=(",", ":")).encode()).hexdigest()[:32]
