"""``spark-monitor schema``: the JSON Schema of the configuration, for editors."""

import json

import click

from spark_monitor.config import schema as make_schema


@click.command()
def schema():
    """Print the JSON Schema of the configuration, as conf/monitor.schema.json holds it."""
    click.echo(json.dumps(make_schema(), indent=2, ensure_ascii=False))
