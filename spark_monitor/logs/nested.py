"""Columns inside columns: fields of structs by their path, lengths of lists, maps and texts."""

from dataclasses import dataclass

from spark_monitor.logs.names import quote


@dataclass(frozen=True)
class Derived:
    """A value that is made of a column of the table.

    Parameters
    ----------
    path : tuple of str
        The column, and the fields inside it.
    is_length : bool
        Whether the length of what is found there is meant.
    spark_type : str
    """

    path: tuple
    is_length: bool
    spark_type: str

    @property
    def sql(self):
        """Return the value in SQL; null where any part of the path is."""
        place = ".".join(quote(part) for part in self.path)
        if not self.is_length:
            return place
        # `size` of a missing list is -1 with some settings.
        measure = "char_length" if self.spark_type == "string" else "size"
        return f"CASE WHEN {place} IS NOT NULL THEN {measure}({place}) END"

    @property
    def value_type(self):
        """Spark's type of the value."""
        return "int" if self.is_length else self.spark_type


def derived_columns(schema, asked=()):
    """Return the values that can be made of a table's columns, by name: `a.b` for a field, `length(a)` for a length.

    Lengths of texts are made only where they are asked for by name. A column of the table that has such a name itself
    stays what it is.

    Parameters
    ----------
    schema : pyspark.sql.types.StructType
    asked : collection of str
        Names that the configuration gives.

    Returns
    -------
    dict of str to Derived
    """
    found, taken = {}, {field.name for field in schema}
    for column in schema:
        for path, kind in _leaves((column.name,), column.dataType):
            name, text = ".".join(path), kind.simpleString()
            if kind.typeName() in ("array", "map") or f"length({name})" in asked and text == "string":
                found[f"length({name})"] = Derived(path, True, text)
            if len(path) > 1:
                found[name] = Derived(path, False, text)
    return {name: value for name, value in found.items() if name not in taken}


def _leaves(path, kind):
    if kind.typeName() != "struct":
        yield path, kind
        return
    for field in kind:
        yield from _leaves((*path, field.name), field.dataType)
