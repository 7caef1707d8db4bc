"""Which data files are new since the last run: read from Delta's own commits, so that OPTIMIZE touches nothing."""

import json
import os
from dataclasses import dataclass
from urllib.parse import unquote, urlparse

ACTION = "struct<path: string, dataChange: boolean, size: bigint, deletionVector: struct<storageType: string>>"
ACTIONS = f"add {ACTION}, remove {ACTION}"
MOST_FILES = 5_000


@dataclass(frozen=True)
class Changes:
    """The data files that commits added and removed with a change of data, without those that came and went.

    Parameters
    ----------
    added, removed : tuple of str
        Paths as the log names them: relative to the table, with escapes.
    size : int
        Bytes of all of them.
    has_vectors : bool
        Some rows of some of the files were deleted beside them, by a deletion vector.
    """

    added: tuple = ()
    removed: tuple = ()
    size: int = 0
    has_vectors: bool = False

    def names(self):
        """Return the plain names of the files added, and of those removed.

        Examples
        --------
        >>> Changes(("day=1/a%20b.parquet",)).names()
        (['a%20b.parquet'], [])
        """
        return tuple([path.rpartition("/")[2] for path in side] for side in (self.added, self.removed))

    def paths(self, location):
        """Return where the files added lie, and those removed; None where a path could be read as a pattern.

        Examples
        --------
        >>> Changes(("day=1/a%20b.parquet",)).paths("file:/log")
        (['file:/log/day=1/a b.parquet'], [])
        """
        sides = [[_place(location, path) for path in side] for side in (self.added, self.removed)]
        return None if any(set("*?[]{}\\") & set(path) for side in sides for path in side) else tuple(sides)


def _place(location, path):
    return unquote(path) if urlparse(path).scheme or path.startswith("/") else f"{location.rstrip('/')}/{unquote(path)}"


def changed_files(spark, source, since_id, since_version):
    """Return the names of files added and removed, as two lists; arguments and None as for `changes_since`."""
    found = changes_since(spark, source, since_id, since_version)
    return None if found is None else found.names()


def changes_since(spark, source, since_id, since_version):
    """Return the `Changes` that commits after `since_version` made.

    Parameters
    ----------
    spark : SparkSession
    source : Source
        Pinned; commits up to its version are read.
    since_id : str or None
        The table's id at the last run.
    since_version : int or None
        The version that the last run saw.

    Returns
    -------
    Changes or None
        None where the commits can't say: no earlier run, a table made anew, commits that are gone or can't be read,
        or more files than can be named.
    """
    if since_version is None or since_id != source.id or since_version > source.version:
        return None
    if since_version == source.version:
        return Changes()
    paths = commit_paths(source.location, since_version, source.version)
    if source.schema is not None:
        return _changes_here([path.removeprefix("file:") for path in paths])
    found = _actions(spark, paths)
    if found is None or len(found) > MOST_FILES:
        return None
    return _changes(found)


def _changes_here(paths):
    """Return the `Changes` of commits that this process reads itself."""
    found = {}
    for path in paths:
        if not os.path.exists(path):
            return None
        with open(path, encoding="utf-8") as file:
            for line in file:
                for side, action in json.loads(line).items():
                    if side in ("add", "remove") and action.get("dataChange"):
                        row = {"path": action["path"], "added": side == "add", "size": action.get("size") or 0,
                               "vector": action.get("deletionVector") is not None}
                        found[tuple(row.values())] = row
    return None if len(found) > MOST_FILES else _changes(list(found.values()))


def _changes(found):
    added, removed = ({row["path"] for row in found if row["added"] == side} for side in (True, False))
    # A file that came and went in between changed nothing that anybody saw.
    both = added & removed
    return Changes(tuple(sorted(added - both)), tuple(sorted(removed - both)),
                   sum(row["size"] for row in found if row["path"] not in both), any(row["vector"] for row in found))


def _actions(spark, paths):
    """Return what some commits did to files with a change of data, one row more than can be named at most; or None."""
    try:
        return (spark.read.schema(ACTIONS).json(paths).where("coalesce(add.dataChange, remove.dataChange)")
                .selectExpr("coalesce(add.path, remove.path) AS path", "add IS NOT NULL AS added",
                            "coalesce(add.size, remove.size, 0) AS size",
                            "coalesce(add.deletionVector, remove.deletionVector) IS NOT NULL AS vector")
                .distinct().limit(MOST_FILES + 1).collect())
    except Exception as error:
        if is_gone(error):
            return None
        raise


def commit_paths(location, since, until):
    """Return the paths of the commits after one version of a table up to another.

    Examples
    --------
    >>> commit_paths("s3://bucket/log/", 8, 9)
    ['s3://bucket/log/_delta_log/00000000000000000009.json']
    """
    return [f"{location.rstrip('/')}/_delta_log/{version:020d}.json" for version in range(since + 1, until + 1)]


def is_gone(error):
    """Tell files that are not there any more, or may not be read, from every other failure."""
    text = str(error)
    words = ("PATH_NOT_FOUND", "FILE_NOT_EXIST", "FileNotFoundException", "PERMISSION", "AccessDenied")
    return any(word.upper() in text.upper() for word in words)
