"""What the evaluation is told of protected segments: columns, what their groups are compared with, and within what."""

from spark_monitor.cells.freeze import FreezeOptions
from spark_monitor.cells.render import alias, escape
from spark_monitor.config.protected import column_of, compared_with, controls
from spark_monitor.results.bias_ways import LARGEST, WORDS


def protected_request(config):
    """Return the fields of a `ScoreRequest` that are about protected segments.

    Parameters
    ----------
    config : MonitorConfig

    Returns
    -------
    dict
        Groups are named by the key texts that cells hold them by: those of a sensitive column by their aliases.
    """
    options = FreezeOptions.of(config)
    against = {column: tuple(word if word in (*WORDS, LARGEST) else
                             alias(word) if options.is_sensitive(column) else escape(word) for word in words)
               for column, words in compared_with(config.protected).items()}
    return {"protected": tuple(map(column_of, config.protected)), "against": against,
            "given": controls(config.protected)}
