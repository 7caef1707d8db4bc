"""The small sections of a configuration: who owns the model, how finely is counted, what a mistake costs."""

from typing import Annotated

from pydantic import AfterValidator, field_validator

from spark_monitor.config.fields import InEditors, Number, Section, Text, whole
from spark_monitor.config.mistakes import mistake


class Owner(Section):
    """Who is asked when something is wrong."""

    name: Text | None = None
    """A team or a person."""
    contact: Text | None = None
    """An address to write to."""
    runbook: Text | None = None
    """Where it says what to do."""


class BinOptions(Section):
    """How finely is counted; frozen with the first reference."""

    count: whole(2, 1000) = 100
    """Bins of a numeric feature."""
    coarse: whole(2, 1000) = 10
    """Coarser bins, merged from these, for PSI and its kin; at most count."""
    sample: whole(1) = 200_000
    """Rows of the reference from which edges and categories are found."""
    categories: whole(1, 10_000) = 100
    """Categories of a feature that are kept by name; the rest is (other)."""
    segment_values: whole(1, 10_000) = 50
    """Values of a segment that are kept by name; the rest is (other)."""

    @field_validator("coarse")
    @classmethod
    def _check_coarser(cls, coarse, info):
        if coarse > info.data.get("count", coarse):
            raise mistake(f"at most count, {info.data['count']}")
        return coarse


def _check_costs(costs):
    if costs and (len(costs) != 2 or any(len(row) != 2 for row in costs) or len({*costs[0], *costs[1]}) == 1):
        raise mistake("two rows (decided negative, decided positive) of two costs (outcome negative, positive), "
                      "not all alike")
    return costs


Costs = Annotated[tuple[tuple[Number, ...], ...], AfterValidator(_check_costs),
                  InEditors({"type": "array", "items": {"type": "array", "items": {"type": "number"}}})]
