"""How many breached windows open an alert, and how many clean ones end it?"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Persistence:
    """What a rule asks of the windows of one alert, beside the verdict of each.

    Windows are those that were judged: others are not counted, and don't interrupt.

    Parameters
    ----------
    breaches, within : int
        An alert opens in a breached window where, with it, `breaches` of the last `within` windows are breached. It
        opens as critical where so many of them are critical, and escalates later where they are.
    clear : int
        It resolves in the last of so many ok windows in a row.
    cool_off : int
        In so many windows after it resolved it doesn't open again, unless at a worse level than it had.

    Examples
    --------
    >>> Persistence(breaches=2, within=5, clear=3).memory
    4
    """

    breaches: int = 1
    within: int = 1
    clear: int = 1
    cool_off: int = 0

    @property
    def memory(self):
        """How many windows before one can decide what happens in it."""
        return max(self.within - 1, self.clear - 1, self.cool_off)


AT_ONCE = Persistence()


def persistence_of(rules):
    """Return the persistence of each rule, by name.

    Parameters
    ----------
    rules : iterable of Rule
    """
    return {rule.name: Persistence(*rule.persist, rule.clear, rule.cool_off) for rule in rules}
