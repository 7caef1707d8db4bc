"""What all tests share: one local Spark session for those that ask for it, and examples that are drawn the same way."""

import pytest
from hypothesis import settings

from spark_monitor.session import QUICK_START, local_session

settings.register_profile("same-every-time", derandomize=True, deadline=None, database=None)
settings.load_profile("same-every-time")


@pytest.fixture(scope="session")
def spark(tmp_path_factory):
    """Return the local session that all Spark tests share; it ends with the last of them."""
    folder = tmp_path_factory.mktemp("spark")
    session = local_session(
        app_name="tests",
        cores=2,
        # Every test makes plans of its own, so that a third of the time would go into compiling code that runs once;
        # `make demo` runs on compiled plans.
        extra=QUICK_START
        | {
            "spark.sql.codegen.wholeStage": "false",
            "spark.sql.codegen.factoryMode": "NO_CODEGEN",
            "spark.sql.adaptive.enabled": "false",
            "spark.sql.shuffle.partitions": "1",
            "spark.databricks.delta.snapshotPartitions": "1",
            "spark.sql.warehouse.dir": str(folder / "warehouse"),
            "spark.local.dir": str(folder / "local"),
            "spark.sql.execution.arrow.pyspark.validateSchema.enabled": "true",
        },
    )
    yield session
    session.stop()
