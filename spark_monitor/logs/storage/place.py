"""A place for files that driver and tasks open alike: a folder on a disk, or one in an object store."""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from pyarrow import fs

# The classes of PyArrow that open files; an installed PyArrow may lack some.
OPENED_BY = {"s3": "S3FileSystem", "abfss": "AzureFileSystem", "gs": "GcsFileSystem"}
LOCAL = "file"
# Addresses may be signed, and the signature written otherwise than the secret.
QUERY = re.compile(r"(?<=\S)\?\S+=\S+")


class NotNativeError(Exception):
    """The files can't be read directly for certain; the message says why."""


@dataclass(frozen=True)
class Place:
    """The folder of a table, and what opens its files. It travels to tasks; its secrets are in no text.

    Parameters
    ----------
    scheme : {"file", "s3", "abfss", "gs"}
    root : str
        The folder as PyArrow's filesystem names it.
    url : str
        The folder as `deltalake` names it.
    settings : tuple of (str, object)
        What PyArrow's filesystem is made with.
    log_options : tuple of (str, str)
        What `deltalake` reads the log with.
    secrets : tuple of str
        Values that no message may hold.

    Examples
    --------
    >>> place = Place("s3", "bucket/log", "s3://bucket/log", (("secret_key", "hush"),), secrets=("hush",))
    >>> place.redact("GET https://host/log?sv=1&sig=a%2Fb failed")
    'GET https://host/log?*** failed'
    >>> "hush" in repr(place), place.redact("403: hush is no key"), place.name("bucket/log/1.parquet")
    (False, '403: *** is no key', 's3://bucket/log/1.parquet')
    """

    scheme: str
    root: str
    url: str
    settings: tuple = field(default=(), repr=False)
    log_options: tuple = field(default=(), repr=False)
    secrets: tuple = field(default=(), repr=False)

    @property
    def is_local(self):
        """Whether the files lie on a disk."""
        return self.scheme == LOCAL

    def filesystem(self):
        """Return PyArrow's filesystem, one a process.

        Raises
        ------
        ImportError
            If the installed PyArrow knows no such store.
        """
        return _filesystem(self.scheme, self.settings)

    def open(self, path):
        """Return a file of the place, to be read at any position."""
        return self.filesystem().open_input_file(path)

    def name(self, path):
        """Return how a person names one of its files."""
        return path if self.is_local else f"{self.scheme}://{path}"

    def redact(self, error):
        """Return the first line of what an error says, without secrets, and without what was asked of an address."""
        text = (str(error).splitlines() or [type(error).__name__])[0]
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return QUERY.sub("?***", text)

    def check_readable(self, path, size):
        """Try one data file: a log that can be read says nothing about other files.

        Raises
        ------
        NotNativeError
            If it can't be read, or is not as long as the log says.
        """
        try:
            found = self.filesystem().get_file_info(path)
        except (OSError, ImportError) as error:
            raise NotNativeError(f"its files can't be read without Spark: {self.redact(error)}") from None
        if found.type != fs.FileType.File or found.size != size:
            raise NotNativeError(f"its files can't be read without Spark: found no {self.name(path)} of {size:,} bytes")


@lru_cache(maxsize=16)
def _filesystem(scheme, settings):
    if scheme == LOCAL:
        return fs.LocalFileSystem()
    try:
        return getattr(fs, OPENED_BY[scheme])(**dict(settings))
    except AttributeError:
        raise ImportError(f"the installed PyArrow has no {OPENED_BY[scheme]}") from None
