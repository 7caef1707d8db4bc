"""What a back-test found, as lines: windows, alerts by rule, what a budget holds back, which are true."""

from zoneinfo import ZoneInfo

from spark_monitor.alerts.ranking import rank
from spark_monitor.cli.summary import local_date, plural, short_number, subject
from spark_monitor.cli.table import as_table
from spark_monitor.cli.terminal import one_line

WORST = 10
COLUMNS = (("rule", "rule"), ("judged", "judged"), ("breached", "breached"), ("alerts", "opened"),
           ("a week", "opened_per_week"), ("critical", "critical"), ("windows open", "windows_open_median"),
           ("longest", "windows_open_longest"), ("still open", "still_open"))


def backtest_lines(found, time_zone):
    """Return what `spark-monitor backtest` tells as lines.

    Parameters
    ----------
    found : dict
    time_zone : str
        Of `windows`: windows are told as its dates.
    """
    zone = ZoneInfo(time_zone)
    counts = ", ".join(f"{number:,} {plural(grain, number)}" for grain, number in found["windows"].items() if number)
    span = f"; {local_date(found['first'], zone)} to {local_date(found['last'], zone)}" if found["first"] else ""
    yield f"{'backtest':<14}{one_line(found['model'])}, {found['seconds']:.1f} s"
    yield f"{'windows':<14}{counts or 'none'}{span}"
    before = f"; {found['open_before']:,} were open before" if found["open_before"] else ""
    rate = "" if found["opened_per_week"] is None else f", {found['opened_per_week']:.2g} a week"
    yield f"{'alerts':<14}{found['opened']:,} opened{rate}{before}"
    yield from _by_rule(found["rules"])
    yield from _worst(found["alerts"], zone)
    if "budget" in found:
        budget = found["budget"]
        rules = ", ".join(f"{one_line(name)} {number:,}" for name, number in budget["by_rule"].items())
        yield (f"{'budget':<14}of {budget['a_day']:,} a day holds back {budget['held_back']:,}, "
               f"{budget['critical_held_back']:,} critical{f': {rules}' if rules else ''}")
    if "known" in found:
        yield from _known(found["known"])


def _by_rule(rules):
    judged = [rule for rule in rules if rule["judged"]]
    if judged:
        yield from ("  " + line for line in as_table([title for title, _ in COLUMNS],
                                                     [[rule[name] for _, name in COLUMNS] for rule in judged]))
    wrong = [one_line(rule["rule"]) for rule in rules if rule["config_errors"]]
    idle = [one_line(rule["rule"]) for rule in rules if not rule["judged"] and not rule["config_errors"]]
    if wrong:
        yield f"{'wrong rules':<14}{', '.join(wrong)}"
    if idle:
        yield f"{'judge nothing':<14}{', '.join(idle)}"


def _worst(alerts, zone):
    for alert in sorted(alerts, key=lambda alert: rank(alert["severity"], alert))[:WORST]:
        until = "still open" if alert["resolved"] is None else f"until {local_date(alert['resolved'], zone)}"
        yield (f"  {alert['severity']:<10}{one_line(alert['rule'])}: {subject(alert)} = "
               f"{short_number(alert['value'])}, bound {short_number(alert['bound'])}, "
               f"{alert['grain']} of {local_date(alert['opened'], zone)}, "
               f"{until}, {alert['windows_open']:,} {plural('window', alert['windows_open'])}")
    if len(alerts) > WORST:
        yield f"  and {len(alerts) - WORST:,} more; --json tells all"


def _known(known):
    yield (f"{'known':<14}precision {_share(known['precision'])} ({known['true']:,} of {known['alerts']:,} alerts), "
           f"recall {_share(known['recall'])} ({known['found']:,} of {known['incidents']:,} incidents)")
    for one in known["each"]:
        name = one_line(one["name"])
        if one["alerts"]:
            yield (f"  {name}: after {one['delay']:,} {plural(one['grain'], one['delay'])} by {one_line(one['rule'])}, "
                   f"{one['alerts']:,} {plural('alert', one['alerts'])}")
        else:
            yield f"  {name}: not found"
    if known["outside"]:
        yield f"  outside the windows: {', '.join(map(one_line, known['outside']))}"


def _share(value):
    return "unknown" if value is None else f"{value:.2f}"
