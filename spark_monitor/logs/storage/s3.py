"""A folder in S3, or in a store that speaks its language: opened with the settings of Hadoop's S3A."""

import ipaddress
import os
import re
from urllib.parse import quote

from pyarrow import fs

from spark_monitor.logs.storage.place import NotNativeError, Place

# By the last word of the class: providers whose credentials Python finds, too.
KEYS, ANONYMOUS = ("SimpleAWSCredentialsProvider", "TemporaryAWSCredentialsProvider"), "AnonymousAWSCredentialsProvider"
CHAIN = ("EnvironmentVariableCredentialsProvider", "InstanceProfileCredentialsProvider",
         "IAMInstanceCredentialsProvider", "EC2ContainerCredentialsProviderWrapper", "ContainerCredentialsProvider",
         "DefaultCredentialsProvider", "DefaultAWSCredentialsProviderChain", "ProfileCredentialsProvider",
         "ProfileAWSCredentialsProvider", "WebIdentityTokenCredentialsProvider",
         "WebIdentityTokenFileCredentialsProvider")
AMAZON = re.compile(r"^s3[.-](?:dualstack\.)?([a-z]{2}(?:-[a-z]+)+-\d+)\.amazonaws\.com$")
CENTRAL = "s3.amazonaws.com"


def s3_place(path, setting):
    """Return the `Place` of `bucket/key`.

    Parameters
    ----------
    path : str
    setting : callable
        Looks up Hadoop's settings. A bucket may have some of its own: `fs.s3a.bucket.<bucket>.…`.

    Raises
    ------
    NotNativeError
        If credentials come from where only Hadoop finds them, or files are encrypted by its client.
    """
    bucket, _, key = path.partition("/")

    def told(name):
        own = setting(f"fs.s3a.bucket.{bucket}.{name}")
        return setting(f"fs.s3a.{name}") if own is None else own

    _check_encryption(told)
    settings, options, secrets = _credentials(told)
    endpoint = told("endpoint") or ""
    region = told("endpoint.region") or _region_of(endpoint, bucket)
    if region:
        settings["region"] = options["aws_region"] = region
    host = endpoint.rpartition("://")[2].rstrip("/")
    if host and host != CENTRAL and not AMAZON.match(host):
        own, log = _endpoint(endpoint, host, bucket, told)
        settings.update(own)
        options.update(log)
    return Place("s3", path, f"s3://{bucket}/{quote(key)}", tuple(settings.items()), tuple(options.items()), secrets)


def _check_encryption(told):
    algorithm = told("encryption.algorithm") or told("server-side-encryption-algorithm") or ""
    if algorithm.upper().startswith("CSE") or algorithm.upper() == "SSE-C":
        raise NotNativeError(f"its files are encrypted with keys that Spark has ({algorithm})")


def _credentials(told):
    """Return settings, options of the log, and secrets: the keys that Spark was told, else the standard chain."""
    named = [name.strip().rpartition(".")[2] for name in (told("aws.credentials.provider") or "").split(",")]
    providers = [name for name in named if name]
    unknown = [name for name in providers if name not in (*KEYS, *CHAIN, ANONYMOUS)]
    if unknown:
        raise NotNativeError(f"its credentials come from {unknown[0]}, which Python doesn't know")
    keys = {name: told(name.replace("_", ".")) for name in ("access_key", "secret_key", "session_token")}
    if keys["access_key"] and keys["secret_key"] and (not providers or any(name in KEYS for name in providers)):
        settings = {name: value for name, value in keys.items() if value}
        names = {"access_key": "aws_access_key_id", "secret_key": "aws_secret_access_key",
                 "session_token": "aws_session_token"}
        return settings, {names[name]: value for name, value in settings.items()}, tuple(settings.values())
    if providers == [ANONYMOUS]:
        return {"anonymous": True}, {"aws_skip_signature": "true"}, ()
    return {}, {}, ()


def _region_of(endpoint, bucket):
    """Return the region that an endpoint names, or the environment; for Amazon's own store the bucket's."""
    host = endpoint.rpartition("://")[2].rstrip("/")
    named = AMAZON.match(host)
    if named:
        return named[1]
    told = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if told or (host and host != CENTRAL):
        return told or "us-east-1"
    try:
        return fs.resolve_s3_region(bucket)
    except (OSError, ValueError, AttributeError):
        return None


def _endpoint(endpoint, host, bucket, told):
    scheme = endpoint.partition("://")[0] if "://" in endpoint else None
    if scheme is None:
        scheme = "http" if (told("connection.ssl.enabled") or "true").lower() == "false" else "https"
    # As Hadoop does: the bucket is part of the host's name unless paths are asked for, or the host is an address.
    virtual = (told("path.style.access") or "false").lower() != "true" and not _is_address(host)
    settings = {"endpoint_override": host, "scheme": scheme, "force_virtual_addressing": virtual}
    options = {"aws_endpoint_url": f"{scheme}://{bucket}.{host}" if virtual else f"{scheme}://{host}",
               "aws_virtual_hosted_style_request": str(virtual).lower(), "aws_allow_http": str(scheme == "http").lower()}
    return settings, options


def _is_address(host):
    try:
        ipaddress.ip_address(host.rpartition(":")[0] or host)
    except ValueError:
        return host.partition(":")[0] == "localhost"
    return True
