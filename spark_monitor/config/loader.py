"""A YAML file -> a checked configuration, or every mistake in it with file, line and column."""

import os

from pydantic import ValidationError

from spark_monitor.config.explain import explain_errors, mask_values
from spark_monitor.config.model import MonitorConfig
from spark_monitor.config.nodes import MAX_CHARACTERS, read_nodes
from spark_monitor.config.problems import Problem, write_message
from spark_monitor.errors import ConfigError


def load_config(path, environ=None):
    """Read and check the configuration in a file.

    Parameters
    ----------
    path : str or path-like
    environ : mapping of str to str, optional
        Where ``${NAME}`` is looked up; the process's environment where not given.

    Returns
    -------
    MonitorConfig

    Raises
    ------
    ConfigError
        With all mistakes, sorted by line.
    """
    return _accept(*check_file(path, environ))


def load_config_text(text, name="<text>", environ=None):
    """Read and check a configuration that is already in memory; `name` stands for the file in problems.

    Examples
    --------
    >>> config = load_config_text('''
    ... model: credit
    ... predictions: {table: logs/credit, id: loan, time: at, score: probability}
    ... references: [{name: launch, start: 2024-01-01, end: 2024-02-01}]
    ... results: results/credit
    ... ''')
    >>> config.references[0].start.isoformat()
    '2024-01-01T00:00:00+00:00'
    >>> load_config_text("model: credit")
    Traceback (most recent call last):
    ...
    spark_monitor.errors.ConfigError: <text>:1:1 predictions: found nothing, expected a value: this key is required
    <text>:1:1 references: found nothing, expected a value: this key is required
    <text>:1:1 results: found nothing, expected a value: this key is required
    """
    return _accept(*check_text(text, name, environ))


def check_file(path, environ=None):
    """Read and check a file without raising: what `check_text` says of the text in it.

    Returns
    -------
    config : MonitorConfig or None
    problems : list of Problem
    """
    text, problem = read_text(path)
    return (None, [problem]) if problem else check_text(text, os.fspath(path), environ)


def read_text(path, kind="a YAML file"):
    """Return the text of a file that a person wrote, or the problem with it."""
    name = os.fspath(path)
    try:
        with open(name, "rb") as file:
            written = file.read(MAX_CHARACTERS + 1)
        if len(written) <= MAX_CHARACTERS:
            return written.decode("utf-8-sig"), None
        found, expected = "more", f"at most {MAX_CHARACTERS:,} bytes"
    except UnicodeDecodeError as error:
        found, expected = f"a byte that is no UTF-8 text at position {error.start}", "a text in UTF-8"
    except OSError as error:
        found, expected = f"no file to read ({error.strerror})", kind
    return None, Problem(name, 0, 0, "", write_message(found, expected))


def check_text(text, name, environ=None):
    """Read and check a text without raising.

    Parameters
    ----------
    text : str
    name : str
        Stands for the file in problems.
    environ : mapping of str to str, optional

    Returns
    -------
    config : MonitorConfig or None
        None where there are problems.
    problems : list of Problem
        Sorted by line and column.

    Examples
    --------
    >>> config, problems = check_text("model: 7", "m.yml")
    >>> print(problems[-1])
    m.yml:1:8 model: found 7, expected a text: put it in quotes, "7"
    """
    root, problems = read_nodes(text, name, os.environ if environ is None else environ)
    config = None
    if root is not None:
        try:
            config = MonitorConfig.model_validate(root.plain())
        except ValidationError as error:
            problems = [*problems, *explain_errors(error.errors(include_url=False), root, name)]
    if problems:
        return None, sorted(problems)
    return config.with_masked(mask_values(config.model_dump(mode="json"), root)), []


def _accept(config, problems):
    if problems:
        raise ConfigError([str(problem) for problem in problems])
    return config
