"""How named things (metrics, rules) are listed: an explicit tuple, looked up by name, duplicates refused."""

import difflib
from collections.abc import Mapping


class Catalogue(Mapping):
    """Read-only mapping from a spec's ``name`` to the spec, in the order in which the specs were listed.

    Parameters
    ----------
    *specs : object
        Anything with a ``name``; two of the same name are refused when the catalogue is made.

    Raises
    ------
    ValueError
        If two specs share a name.

    Examples
    --------
    >>> from types import SimpleNamespace as Spec
    >>> shapes = Catalogue(Spec(name="psi"), Spec(name="ks"))
    >>> list(shapes)
    ['psi', 'ks']
    >>> shapes.suggest("pis")
    'psi'
    """

    def __init__(self, *specs):
        self._specs = {}
        for spec in specs:
            if spec.name in self._specs:
                raise ValueError(f"two entries are named {spec.name!r}")
            self._specs[spec.name] = spec

    def __getitem__(self, name):
        return self._specs[name]

    def __iter__(self):
        return iter(self._specs)

    def __len__(self):
        return len(self._specs)

    def suggest(self, name):
        """Return the listed name nearest to `name`, or None where nothing is near."""
        near = difflib.get_close_matches(name, list(self._specs), n=1)
        return near[0] if near else None
