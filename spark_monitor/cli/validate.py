"""``spark-monitor validate``: every mistake in configuration files, offline and at once."""

import json
from dataclasses import asdict

import click

from spark_monitor.cli.folder import expanded
from spark_monitor.config import check_file
from spark_monitor.errors import ConfigError


@click.command()
@click.option("-c", "--config", "files", metavar="FILE|FOLDER", multiple=True, required=True,
              help="May be given repeatedly.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of lines.")
@click.pass_context
def validate(context, files, as_json):
    """Check configuration files without reading any table."""
    checked = {file: check_file(file) for file in expanded(files)}
    problems = [problem for _, found in checked.values() for problem in found]
    if as_json:
        document = {"ok": not problems, "problems": [asdict(problem) for problem in problems]}
        click.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        for file, (config, found) in checked.items():
            if config is not None:
                click.echo(f"{file}: ok, model {config.model}")
            for problem in found:
                click.echo(problem, err=True)
    if problems:
        context.exit(ConfigError.exit_code)
