"""What Hadoop's settings mean to PyArrow and to the reader of the log; what Python can't do is told, not tried."""

import sys

import pytest

from spark_monitor.logs.storage.azure import azure_place
from spark_monitor.logs.storage.find import find_place
from spark_monitor.logs.storage.gcs import gcs_place
from spark_monitor.logs.storage.place import NotNativeError, Place
from spark_monitor.logs.storage.s3 import s3_place

REGION = {"fs.s3a.endpoint.region": "eu-west-1"}
HOST = "acc.dfs.core.windows.net"


def told(place):
    return dict(place.settings), dict(place.log_options)


def test_keys_region_and_a_central_endpoint():
    given = {"fs.s3a.access.key": "k", "fs.s3a.secret.key": "s", "fs.s3a.endpoint": "s3.amazonaws.com", **REGION}
    place = s3_place("bucket/a b/log", given.get)
    assert (place.root, place.url) == ("bucket/a b/log", "s3://bucket/a%20b/log")
    assert told(place) == ({"access_key": "k", "secret_key": "s", "region": "eu-west-1"},
                           {"aws_access_key_id": "k", "aws_secret_access_key": "s", "aws_region": "eu-west-1"})


@pytest.mark.parametrize("endpoint, ssl, style, override, scheme, log_url", [
    ("minio.example.org:9000", "false", "true", "minio.example.org:9000", "http", "http://minio.example.org:9000"),
    ("https://minio.example.org/", None, "true", "minio.example.org", "https", "https://minio.example.org"),
    ("store.example.org", None, None, "store.example.org", "https", "https://bucket.store.example.org"),
    ("http://10.0.0.7:9000", None, None, "10.0.0.7:9000", "http", "http://10.0.0.7:9000")])
def test_endpoints_of_other_stores(endpoint, ssl, style, override, scheme, log_url):
    given = {"fs.s3a.endpoint": endpoint, "fs.s3a.connection.ssl.enabled": ssl, "fs.s3a.path.style.access": style}
    settings, options = told(s3_place("bucket/log", given.get))
    assert (settings["endpoint_override"], settings["scheme"], options["aws_endpoint_url"]) == (override, scheme, log_url)
    assert settings["force_virtual_addressing"] == (log_url != f"{scheme}://{override}")
    assert options["aws_allow_http"] == ("true" if scheme == "http" else "false")


def test_the_region_of_an_endpoint_of_amazon():
    settings, _ = told(s3_place("bucket/log", {"fs.s3a.endpoint": "https://s3.eu-central-1.amazonaws.com"}.get))
    assert settings == {"region": "eu-central-1"}


def test_anonymous_and_the_standard_chain():
    name = "org.apache.hadoop.fs.s3a.AnonymousAWSCredentialsProvider"
    settings, options = told(s3_place("b/log", {"fs.s3a.aws.credentials.provider": name, **REGION}.get))
    assert settings["anonymous"] and options["aws_skip_signature"] == "true"
    chain = "org.apache.hadoop.fs.s3a.auth.IAMInstanceCredentialsProvider"
    given = {"fs.s3a.aws.credentials.provider": chain, "fs.s3a.access.key": "k", "fs.s3a.secret.key": "s", **REGION}
    assert told(s3_place("b/log", given.get))[0] == {"region": "eu-west-1"}


@pytest.mark.parametrize("given, words", [
    ({"fs.s3a.aws.credentials.provider": "org.apache.hadoop.fs.s3a.auth.AssumedRoleCredentialProvider"},
     "AssumedRoleCredentialProvider, which Python doesn't know"),
    ({"fs.s3a.encryption.algorithm": "CSE-KMS"}, "encrypted with keys that Spark has")])
def test_what_only_hadoop_knows_of_s3_is_left_to_spark(given, words):
    with pytest.raises(NotNativeError, match=words):
        s3_place("b/log", (given | REGION).get)


@pytest.mark.parametrize("given, settings", [
    ({f"fs.azure.account.key.{HOST}": "k"}, {"account_key": "k"}),
    ({"fs.azure.account.key": "k", f"fs.azure.account.auth.type.{HOST}": "SharedKey"}, {"account_key": "k"}),
    ({f"fs.azure.account.auth.type.{HOST}": "SAS", f"fs.azure.sas.fixed.token.{HOST}": "?t"}, {"sas_token": "t"}),
    ({f"fs.azure.account.auth.type.{HOST}": "OAuth", f"fs.azure.account.oauth2.client.id.{HOST}": "i",
      f"fs.azure.account.oauth2.client.secret.{HOST}": "s",
      f"fs.azure.account.oauth.provider.type.{HOST}": "org.apache.hadoop.fs.azurebfs.oauth2.ClientCredsTokenProvider",
      f"fs.azure.account.oauth2.client.endpoint.{HOST}": "https://login.microsoftonline.com/t-1/oauth2/token"},
     {"tenant_id": "t-1", "client_id": "i", "client_secret": "s"}),
    ({}, {})])
def test_credentials_of_azure(given, settings):
    place = azure_place(f"data@{HOST}/a b", given.get)
    assert (place.root, place.url) == ("data/a b", f"abfss://data@{HOST}/a%20b")
    assert told(place)[0] == {"account_name": "acc", **settings}
    assert set(place.secrets) == set(settings.values()) - {"t-1", "i"}


@pytest.mark.parametrize("path, given", [
    (f"data@{HOST}/log", {"fs.azure.account.auth.type": "Custom"}),
    (f"data@{HOST}/log", {"fs.azure.account.auth.type": "OAuth", "fs.azure.account.oauth.provider.type": "x.Msi"}),
    ("data@onelake.dfs.fabric.microsoft.com/log", {})])
def test_what_only_hadoop_knows_of_azure_is_left_to_spark(path, given):
    with pytest.raises(NotNativeError):
        azure_place(path, given.get)


def test_google_goes_by_the_environment(monkeypatch):
    assert told(gcs_place("bucket/log", {}.get)) == ({}, {})
    given = {"google.cloud.auth.service.account.json.keyfile": "/keys/one.json"}
    with pytest.raises(NotNativeError, match="only Spark was told of"):
        gcs_place("bucket/log", given.get)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/keys/one.json")
    assert told(gcs_place("bucket/log", given.get))[1] == {"google_application_credentials": "/keys/one.json"}
    with pytest.raises(NotNativeError, match="ACCESS_TOKEN_PROVIDER"):
        gcs_place("bucket/log", {"fs.gs.auth.type": "ACCESS_TOKEN_PROVIDER"}.get)


@pytest.mark.parametrize("location", ["dbfs:/log", "wasbs://c@a/log", "hdfs://name/log", "s3://", "file:/not/there"])
def test_other_places_are_left_to_spark(location):
    with pytest.raises(NotNativeError, match="its files lie"):
        find_place(location, {}.get)


def test_a_store_that_this_pyarrow_does_not_know_is_left_to_spark(monkeypatch):
    monkeypatch.delattr(sys.modules["pyarrow.fs"], "AzureFileSystem", raising=False)
    with pytest.raises(NotNativeError, match="has no AzureFileSystem"):
        find_place("abfss://data@never.dfs.core.windows.net/log", {}.get)


def test_no_secret_is_in_what_a_place_shows_of_itself():
    given = {"fs.s3a.access.key": "AKIASHOWN", "fs.s3a.secret.key": "hush", "fs.s3a.session.token": "hush2", **REGION}
    place = s3_place("bucket/log", given.get)
    assert isinstance(place, Place)
    assert not [secret for secret in ("AKIASHOWN", "hush") if secret in repr(place) + str(place)]
