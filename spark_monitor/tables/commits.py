"""Has anybody else changed a model's rows in the result tables: read from Delta's commits since a known version."""

from functools import reduce

from pyspark.sql import functions as F

from spark_monitor.logs.changes import commit_paths, is_gone

ACTION = "struct<partitionValues: map<string, string>, dataChange: boolean>"
ACTIONS = f"add {ACTION}, remove {ACTION}, commitInfo struct<userMetadata: string>"
# A run makes about ten commits; with hundreds to look at, reading the tables themselves is no dearer.
MOST_COMMITS = 500


def is_undisturbed(store, since, model, stamp):
    """Say whether all commits since that changed data of a model carry the stamp of one run.

    Parameters
    ----------
    store : Store
    since : dict of str to int
        Table -> the version it had, -1 where it was not there.
    model : str
    stamp : str
        What that run wrote into its commits.

    Returns
    -------
    bool
        False, too, where the commits are gone or can't be read, or are very many.
    """
    paths = []
    for name, version in since.items():
        newest = store.version(name)
        if newest < version:
            return False
        if newest > version:
            paths += commit_paths(store.location(name), version, newest)
    if not paths:
        return True
    if len(paths) > MOST_COMMITS:
        return False
    try:
        rows = store.spark.read.schema(ACTIONS).json(paths)
        whose = [F.coalesce(F.col(f"{side}.partitionValues")["model"] == model, F.lit(True)) & F.col(f"{side}.dataChange")
                 for side in ("add", "remove")]
        touches = reduce(lambda a, b: F.coalesce(a, F.lit(False)) | F.coalesce(b, F.lit(False)), whose)
        by_commit = rows.groupBy(F.col("_metadata.file_path").alias("commit")).agg(
            F.max(touches).alias("touches"), F.max("commitInfo.userMetadata").alias("stamp"))
        return not by_commit.where(F.col("touches") & ~F.col("stamp").eqNullSafe(F.lit(stamp))).limit(1).count()
    except Exception as error:
        if is_gone(error):
            return False
        raise
