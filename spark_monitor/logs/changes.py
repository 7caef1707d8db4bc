"""Which data files are new since the last run: read from Delta's own commits, so that OPTIMIZE touches nothing."""

ACTIONS = ("add struct<path: string, dataChange: boolean>, remove struct<path: string, dataChange: boolean>, "
           "commitInfo struct<operation: string>")
MOST_FILES = 5_000


def new_files(spark, source, since_id, since_version):
    """Return the names of data files that commits added with a change of data; arguments as for `changed_files`."""
    found = changed_files(spark, source, since_id, since_version)
    return None if found is None else found[0]


def changed_files(spark, source, since_id, since_version):
    """Return the names of data files that commits after `since_version` added, and removed, with a change of data.

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
    (list of str, list of str) or None
        None where the commits can't say: no earlier run, a table made anew, commits that are gone or can't be read,
        or more files than can be named.
    """
    if since_version is None or since_id != source.id or since_version > source.version:
        return None
    if since_version == source.version:
        return [], []
    log = source.location.rstrip("/") + "/_delta_log/"
    paths = [f"{log}{version:020d}.json" for version in range(since_version + 1, source.version + 1)]
    try:
        found = (spark.read.schema(ACTIONS).json(paths).where("coalesce(add.dataChange, remove.dataChange)")
                 .selectExpr("reverse(split(coalesce(add.path, remove.path), '/'))[0] AS name",
                             "add IS NOT NULL AS added")
                 .distinct().limit(MOST_FILES + 1).collect())
    except Exception as error:
        if "PATH_NOT_FOUND" in str(error) or "PERMISSION" in str(error).upper():
            return None
        raise
    if len(found) > MOST_FILES:
        return None
    added, removed = ({row["name"] for row in found if row["added"] == side} for side in (True, False))
    # A file that came and went in between changed nothing that anybody saw.
    return sorted(added - removed), sorted(removed - added)
