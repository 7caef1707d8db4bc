"""Turn the documents of a folder into the figures of docs/benchmarks.md: every number there comes from a run.

    python -m benchmarks.page .benchmark docs/benchmarks.md

A benchmark that has no document in the folder keeps the figures that it has on the page.
"""

import argparse
import json
from pathlib import Path

BEGIN, END = "<!-- figures: python -m benchmarks.page -->", "<!-- end of figures -->"
# What stands in sections of its own, or in none.
APART = {"benchmark", "rows", "columns", "contenders", "ratio", "target", "machine", "smaller", "versions", "broken",
         "tables"}


def section(document):
    """Return the figures of one benchmark as Markdown.

    Parameters
    ----------
    document : dict
        What a benchmark printed as its last line.

    Examples
    --------
    >>> figures = {"cpu_s": 1.25, "wall_s": 0.7, "rss_mb": 900, "worker_mb": 80, "cold_cpu_s": 3.0}
    >>> print(section({"benchmark": "b", "rows": 1000, "columns": 2, "contenders": {"ours": figures}, "ratio": 0.251,
    ...                "target": 0.3}))
    ### b
    <BLANKLINE>
    1,000 rows × 2 columns. Ratio **0.251**, target 0.3.
    <BLANKLINE>
    | contender | CPU s | wall s | cold CPU s | all MB | largest worker MB |
    |---|---:|---:|---:|---:|---:|
    | ours | 1.2 | 0.7 | 3.0 | 900 | 80 |
    """
    lines = [f"### {document['benchmark']}", "", headline(document), "", *table(document["contenders"])]
    for rows, contenders in document.get("smaller", {}).items():
        if contenders:
            lines += ["", f"With {int(rows):,} rows:", "", *table(contenders)]
    if document.get("versions"):
        lines += ["", "Versions: " + "; ".join(filter(None, document["versions"].values())) + "."]
    lines += growth(document.get("tables"))
    lines += [""] if document.get("broken") else []
    lines += [f"- {one['peer']} at {one['rows']:,} rows, after {', '.join(one['ended']) or 'nothing'}: `{one['error']}`"
              for one in document.get("broken", [])]
    more = {name: value for name, value in document.items() if name not in APART}
    if more:
        lines += ["", "Besides: " + "; ".join(f"{name} {json.dumps(value)}" for name, value in more.items()) + "."]
    return "\n".join(lines + where(document.get("machine")))


def headline(document):
    """Return the size and the ratio in words."""
    text = f"{document['rows']:,} rows × {document['columns']:,} columns."
    if document.get("ratio") is not None:
        target = f", target {document['target']}" if document.get("target") is not None else ""
        text += f" Ratio **{document['ratio']}**{target}."
    return text


def table(contenders):
    """Return contenders as lines of a Markdown table."""
    names = ("contender", "CPU s", "wall s", "cold CPU s", "all MB", "largest worker MB")
    return [f"| {' | '.join(names)} |", "|---" + "|---:" * (len(names) - 1) + "|", *[
        f"| {name} | {one['cpu_s']:,.1f} | {one['wall_s']:,.1f} | {shown(one, 'cold_cpu_s', 1)} | "
        f"{shown(one, 'rss_mb', 0)} | {shown(one, 'worker_mb', 0)} |" for name, one in contenders.items()]]


def growth(snapshots):
    """Return how result tables grew as lines of a Markdown table: the first and the last two of its snapshots.

    Examples
    --------
    >>> one = {"commits": 2, "files": 1, "mb": 0.5, "log_files": 3}
    >>> print(*growth({"day 1": {"runs": one}, "day 2": {"runs": one}, "after": {"runs": one}})[1:], sep="\\n")
    Commits / data files / MB / files of the Delta log:
    <BLANKLINE>
    | table | day 1 | day 2 | after |
    |---|---:|---:|---:|
    | runs | 2 / 1 / 0.5 / 3 | 2 / 1 / 0.5 / 3 | 2 / 1 / 0.5 / 3 |
    """
    if not snapshots:
        return []
    moments = list(snapshots)
    moments = [moments[0], *moments[1:][-2:]]
    rows = [" | ".join([name, *("{commits} / {files} / {mb} / {log_files}".format(**snapshots[moment][name])
                                for moment in moments)]) for name in snapshots[moments[0]]]
    return ["", "Commits / data files / MB / files of the Delta log:", "", f"| table | {' | '.join(moments)} |",
            "|---" + "|---:" * len(moments) + "|", *(f"| {row} |" for row in rows)]


def shown(figures, name, digits):
    """Return a figure as text, a dash where it was not measured.

    Examples
    --------
    >>> shown({"rss_mb": 1234.5}, "rss_mb", 0), shown({}, "rss_mb", 0)
    ('1,234', '–')
    """
    return "–" if figures.get(name) is None else f"{figures[name]:,.{digits}f}"


def where(machine):
    """Return on what it was measured, as lines."""
    if not machine:
        return []
    return ["", f"{machine['cores']} cores ({machine['cpu']}), {machine['memory_gb']} GB, load average at the end "
            f"{machine['load'][0]}, Python {machine['python']}."]


def with_figures(page, sections):
    """Return the page with sections between the two marks replaced, each by the one with the same title.

    Examples
    --------
    >>> page = f"{BEGIN}\\n\\n### b\\nold\\n\\n### a\\nold\\n\\n{END}\\nz"
    >>> print(with_figures(page, ["### b\\nnew"]).replace("-->", ">"))
    <!-- figures: python -m benchmarks.page >
    <BLANKLINE>
    ### a
    old
    <BLANKLINE>
    ### b
    new
    <BLANKLINE>
    <!-- end of figures >
    z
    """
    before, _, rest = page.partition(BEGIN)
    old, _, after = rest.partition(END)
    kept = {title(one): one for one in (f"### {part}".strip() for part in old.split("### ")[1:])}
    kept |= {title(one): one for one in sections}
    return "\n".join([before + BEGIN, "", "\n\n".join(kept[name] for name in sorted(kept)), "", END + after])


def title(section):
    """Return the first line of a section."""
    return section.partition("\n")[0]


def main():
    """Write the figures of a folder into a page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="of documents, <benchmark>.json each")
    parser.add_argument("page", help="Markdown with the two marks")
    asked = parser.parse_args()
    documents = [json.loads(place.read_text(encoding="utf-8")) for place in sorted(Path(asked.folder).glob("*.json"))]
    page = Path(asked.page)
    text = page.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        parser.error(f"{asked.page} has not the lines {BEGIN} and {END}")
    page.write_text(with_figures(text, [section(document) for document in documents]), encoding="utf-8")


if __name__ == "__main__":
    main()
