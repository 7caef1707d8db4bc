"""A folder of configurations in one session: what is told of its models, together and with their files."""

import os
from dataclasses import dataclass
from pathlib import Path

import click

from spark_monitor.cli.document import document, run_parts, write_decisions
from spark_monitor.cli.failures import FAILED, AlertsOpenError, FailedCheckError, cause_of, exit_code
from spark_monitor.cli.summary import summary_line, tripped_by, tripping
from spark_monitor.cli.terminal import Progress
from spark_monitor.config import load_config
from spark_monitor.errors import ConfigError, SparkMonitorError

PATTERNS = ("*.yml", "*.yaml")


@dataclass
class Told:
    """What became of one file of the folder.

    Parameters
    ----------
    file : str
    config : MonitorConfig or None
        None where it can't be used.
    summary : Summary or None
        What the model's run did.
    error : Exception or None
        Why it did not.
    """

    file: str
    config: object = None
    summary: object = None
    error: Exception | None = None


def files_of(folder):
    """Return the configurations of a folder, by name; those of folders inside it are left alone.

    Raises
    ------
    ConfigError
        If there are none.
    """
    found = sorted({str(path) for pattern in PATTERNS for path in Path(folder).glob(pattern) if path.is_file()})
    if not found:
        raise ConfigError(f"{folder}: found no file, expected configurations ({', '.join(PATTERNS)})")
    return found


def expanded(places):
    """Return files, each folder among them replaced by the configurations in it."""
    return [file for place in places for file in (files_of(place) if os.path.isdir(place) else [place])]


def load_all(folder):
    """Return a `Told` for each file: with its configuration, or with what is wrong with it."""
    every, known = [], {}
    for file in files_of(folder):
        told = Told(file)
        every.append(told)
        try:
            config = load_config(file)
            first = known.setdefault((os.path.abspath(config.results), config.model), file)
            if first != file:
                raise ConfigError(f"{file}: found model {config.model}, expected another name or other results: those "
                                  f"are of {first}")
            told.config = config
        except ConfigError as error:
            told.error = error
    return every


def run_folder(folder, wish_of, command, jobs=None, fail_on=None, as_json=False, decisions_out=None):
    """Run every model of a folder and tell what became of each.

    Parameters
    ----------
    folder : str
    wish_of : callable
        Given a time zone; returns the fields of `Wish` that were asked for.
    command : str
    jobs : int or None
        Models at work at a time.
    fail_on : str or None
        A severity of alerts, or a decision.
    as_json : bool
    decisions_out : str or None
        The file that what stands of decisions is written to.

    Raises
    ------
    SparkMonitorError
        That means the exit code: 2 if every configuration is wrong, so that nothing was read; 3 if some model failed;
        1 if `fail_on` was tripped.
    """
    every = load_all(folder)
    wishes = [told.config and wish_of(told.config.windows.time_zone) for told in every]
    asked = [(told, wish) for told, wish in zip(every, wishes) if told.config is not None]
    if asked:
        monitor_all(asked, command, jobs)
    if as_json:
        click.echo(document(command, models=[_parts(told) for told in every]))
    else:
        _show(every)
    if decisions_out:
        write_decisions([told.summary for told in every if told.summary is not None], decisions_out)
    _raise_worst(every, fail_on)


def monitor_all(asked, command, jobs):
    """Start Spark and run the models that were asked for; each `Told` comes to hold what became of it."""
    # Spark is imported by the commands that need it, so that the others answer at once and without it.
    from spark_monitor.cli.work import Moment, finish_all, start_spark, tell_people
    from spark_monitor.pipeline import Wish
    from spark_monitor.pipeline.group import Member, run_many

    moment = Moment.given()
    with Progress() as progress:
        spark = start_spark(progress)
        members = [Member(told.file, told.config, Wish(**{"as_of": moment.now, **wish})) for told, wish in asked]
        run_many(spark, members, moment.run_id, moment.now, progress, command, jobs)
        for (told, _), member in zip(asked, members):
            told.summary, told.error = member.summary, member.error
        ended = [(told.config, told.summary) for told, _ in asked if told.summary is not None]
        finish_all(spark, ended, progress)
        if command == "run":
            tell_people(spark, [config for config, _ in ended], moment, progress)


def _show(every):
    for told in every:
        if told.summary is not None:
            click.echo(f"{told.file}: {summary_line(told.summary)}")
    for told in every:
        if told.error is not None:
            text = _message(told.error)
            click.echo(text if text.startswith(told.file) else f"{told.file}: {text}", err=True)


def _message(error):
    return str(error) if isinstance(error, SparkMonitorError) else f"failed: {cause_of(error)}"


def _parts(told):
    if told.error is not None:
        return {"file": told.file, "model": told.config and told.config.model, "error": _message(told.error),
                "exit_code": exit_code(told.error)}
    return {"file": told.file, "model": told.config.model, **run_parts(told.summary)}


def _raise_worst(every, fail_on):
    codes = [exit_code(told.error) for told in every if told.error is not None]
    if codes:
        raise FailedCheckError(ConfigError.exit_code if codes == [ConfigError.exit_code] * len(every) else FAILED)
    wrong = {told.file: len(tripping(told.summary, fail_on)) for told in every} if fail_on else {}
    if any(wrong.values()):
        raise AlertsOpenError(f"--fail-on {fail_on}: {sum(wrong.values()):,} {tripped_by(fail_on)} are open, of "
                              f"{sum(map(bool, wrong.values())):,} models")
