"""Which place a table's location is: by its scheme, with the settings and credentials that Spark has."""

import os
from pathlib import Path

from spark_monitor.logs.storage.azure import azure_place
from spark_monitor.logs.storage.gcs import gcs_place
from spark_monitor.logs.storage.place import LOCAL, NotNativeError, Place
from spark_monitor.logs.storage.s3 import s3_place

STORES = {"s3": s3_place, "s3a": s3_place, "s3n": s3_place, "abfs": azure_place, "abfss": azure_place, "gs": gcs_place}
# A log that can't be read soon is left to Spark.
PATIENCE = (("connect_timeout", "5s"), ("timeout", "60s"), ("max_retries", "3"), ("retry_timeout", "30s"))


def find_place(location, setting):
    """Return the `Place` of a table.

    Parameters
    ----------
    location : str
        As Delta names it.
    setting : callable
        Given a name of Hadoop's, returns what Spark was told under it, or None.

    Raises
    ------
    NotNativeError
        If Python has no access of its own to it.
    """
    folder = local_folder(location)
    if folder is not None:
        if not os.path.isdir(folder):
            raise NotNativeError("its files lie on a disk that the driver doesn't see")
        return Place(LOCAL, folder, Path(folder).as_uri())
    scheme, _, rest = location.partition("://")
    if scheme not in STORES or not rest:
        raise NotNativeError(f"its files lie where Python has no access of its own: {location.partition('/')[0]}")
    place = STORES[scheme](rest.rstrip("/"), setting)
    try:
        place.filesystem()
    except Exception as error:
        raise NotNativeError(f"PyArrow can't open {scheme}: {place.redact(error)}") from None
    return Place(place.scheme, place.root, place.url, place.settings, (*PATIENCE, *place.log_options), place.secrets)


def local_folder(location):
    """Return the folder of a location on a local disk, or None.

    Examples
    --------
    >>> local_folder("file:/data/log 1"), local_folder("s3://bucket/log")
    ('/data/log 1', None)
    """
    # Spark writes the path as it is, with no escapes.
    for start in ("file://", "file:", ""):
        if location.startswith(f"{start}/"):
            return location.removeprefix(start)
    return None


def settings_of(spark):
    """Return a function that looks up Hadoop's settings in Spark's: what the session sets, else what it began with."""
    def setting(name):
        own = told(spark, name)
        return told(spark, f"spark.hadoop.{name}") if own is None else own

    return setting


def told(spark, name):
    """Return a setting of the session; None where it is not set, or a platform hides it."""
    try:
        return spark.conf.get(name, None)
    except Exception:
        return None
