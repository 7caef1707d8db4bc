"""Has anybody else changed a model's rows in the result tables: read from Delta's commits since a known version."""

import json
import os

from pyspark.sql import functions as F

from spark_monitor.logs.changes import commit_paths, is_gone

ACTION = "struct<partitionValues: map<string, string>, dataChange: boolean>"
ACTIONS = f"add {ACTION}, remove {ACTION}, commitInfo struct<userMetadata: string>"
# A run makes about ten commits; with hundreds to look at, reading the tables themselves is no dearer.
MOST_COMMITS = 500
# What stands for an action that does not say whose rows it is of; no name of a model holds a line's end.
ANY = "\n"


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
            location = store.once.ask(("location", name), lambda name=name: store.location(name))
            paths += commit_paths(location, version, newest)
    if len(paths) > MOST_COMMITS:
        return False
    try:
        found = store.once.ask(("commits", *paths), lambda: _commits(store.spark, paths))
    except Exception as error:
        if is_gone(error):
            return False
        raise
    return all(model not in models and None not in models or own == stamp for models, own in found)


def _commits(spark, paths):
    """Return for each commit the models whose data it changed, None for any of them, and its stamp."""
    if not paths:
        return []
    if all(os.path.exists(path) for path in paths):
        return [_commit_here(path) for path in paths]
    rows = spark.read.schema(ACTIONS).json(paths)
    whose = [F.when(F.col(f"{side}.dataChange"), F.coalesce(F.col(f"{side}.partitionValues")["model"], F.lit(ANY)))
             for side in ("add", "remove")]
    by_commit = rows.groupBy(F.col("_metadata.file_path").alias("commit")).agg(
        F.collect_set(whose[0]).alias("added"), F.collect_set(whose[1]).alias("removed"),
        F.max("commitInfo.userMetadata").alias("stamp")).collect()
    return [({None if model == ANY else model for model in (*row["added"], *row["removed"])}, row["stamp"])
            for row in by_commit]


def _commit_here(path):
    models, stamp = set(), None
    with open(path, encoding="utf-8") as file:
        for line in file:
            for side, action in json.loads(line).items():
                if side in ("add", "remove") and action.get("dataChange"):
                    models.add((action.get("partitionValues") or {}).get("model"))
                elif side == "commitInfo":
                    stamp = action.get("userMetadata")
    return models, stamp
