"""A folder in Google's Cloud Storage: opened with the credentials of the environment, where Spark has no others."""

import os
from urllib.parse import quote

from spark_monitor.logs.storage.place import NotNativeError, Place

# Where Spark's connector is told of a key of its own; the newer names begin with fs.gs.
KEY_FILES = ("google.cloud.auth.service.account.json.keyfile", "fs.gs.auth.service.account.json.keyfile")
KINDS = ("google.cloud.auth.type", "fs.gs.auth.type")
OF_THE_ENVIRONMENT = (None, "APPLICATION_DEFAULT", "COMPUTE_ENGINE", "SERVICE_ACCOUNT_JSON_KEYFILE")
ENVIRONMENT = "GOOGLE_APPLICATION_CREDENTIALS"


def gcs_place(path, setting):
    """Return the `Place` of `bucket/key`.

    Parameters
    ----------
    path : str
    setting : callable
        Looks up Hadoop's settings.

    Raises
    ------
    NotNativeError
        If Spark has credentials that are not those of the environment.
    """
    kind = next((setting(name) for name in KINDS if setting(name)), None)
    key_file = next((setting(name) for name in KEY_FILES if setting(name)), None)
    if kind not in OF_THE_ENVIRONMENT:
        raise NotNativeError(f"its credentials are {kind}, which Python doesn't know")
    if key_file and key_file != os.environ.get(ENVIRONMENT):
        raise NotNativeError(f"its credentials are a file that only Spark was told of; Python goes by {ENVIRONMENT}")
    bucket, _, key = path.partition("/")
    options = (("google_application_credentials", key_file),) if key_file else ()
    return Place("gs", path, f"gs://{bucket}/{quote(key)}", (), options)
