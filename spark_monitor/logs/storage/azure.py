"""A folder in Azure's Data Lake Storage: opened with the settings of Hadoop's ABFS."""

from urllib.parse import quote

from spark_monitor.logs.storage.place import NotNativeError, Place

HOST = ".dfs.core.windows.net"
TOKEN_URL = "https://login.microsoftonline.com/"
CLIENT_SECRET = "ClientCredsTokenProvider"


def azure_place(path, setting):
    """Return the `Place` of `container@account.dfs.core.windows.net/key`.

    Parameters
    ----------
    path : str
    setting : callable
        Looks up Hadoop's settings, those of the account first: `fs.azure.account.key.<host>`.

    Raises
    ------
    NotNativeError
        If the account is of another cloud, or its credentials are of a kind that Python doesn't know.
    """
    authority, _, key = path.partition("/")
    container, _, host = authority.partition("@")
    if not host.endswith(HOST):
        raise NotNativeError(f"its files lie where Python has no access of its own: {host or authority}")
    account = host.removesuffix(HOST)

    def told(name):
        own = setting(f"fs.azure.{name}.{host}")
        return setting(f"fs.azure.{name}") if own is None else own

    settings, options = _credentials(told)
    secrets = tuple(value for name, value in settings.items() if name in ("account_key", "sas_token", "client_secret"))
    return Place("abfss", f"{container}/{key}", f"abfss://{authority}/{quote(key)}",
                 (("account_name", account), *settings.items()),
                 (("azure_storage_account_name", account), *options.items()), secrets)


def _credentials(told):
    """Return settings and options of the log; without any that Spark was told, the environment's."""
    kind, key, token = told("account.auth.type"), told("account.key"), told("sas.fixed.token")
    if kind in (None, "SharedKey") and key:
        return {"account_key": key}, {"azure_storage_account_key": key}
    if kind in (None, "SAS") and token:
        return {"sas_token": token.lstrip("?")}, {"azure_storage_sas_token": token.lstrip("?")}
    if kind == "OAuth":
        return _client(told)
    if kind is not None:
        raise NotNativeError(f"its credentials are {kind}, without a key that Spark's settings tell")
    return {}, {}


def _client(told):
    provider = (told("account.oauth.provider.type") or "").rpartition(".")[2]
    names = {name: told(f"account.oauth2.client.{name}") for name in ("id", "secret", "endpoint")}
    if provider != CLIENT_SECRET or None in names.values() or not names["endpoint"].startswith(TOKEN_URL):
        raise NotNativeError(f"its credentials come from {provider or 'OAuth'}, which Python doesn't know")
    tenant = names["endpoint"].removeprefix(TOKEN_URL).partition("/")[0]
    return ({"tenant_id": tenant, "client_id": names["id"], "client_secret": names["secret"]},
            {"azure_storage_tenant_id": tenant, "azure_storage_client_id": names["id"],
             "azure_storage_client_secret": names["secret"]})
