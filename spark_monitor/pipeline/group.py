"""Many models in one session: each in a thread of its own, written together where they share their result tables."""

import os
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from spark_monitor.logs.names import is_path
from spark_monitor.logs.source import absolute
from spark_monitor.pipeline.feeds import count_together
from spark_monitor.pipeline.run import quiet, run
from spark_monitor.pipeline.shared import COUNTS, SURVEYS, Shared
from spark_monitor.pipeline.small import survey_together
from spark_monitor.tables.meeting import Meeting, Slots
from spark_monitor.tables.store import Store
from spark_monitor.tables.together import READS

# So many models share a commit of each table; and so many such groups are under way, so that one computes while another
# reads or writes.
TOGETHER, UNDER_WAY = 50, 2


@dataclass
class Member:
    """One model of a run of many.

    Parameters
    ----------
    name : str
        What its failure is told by, such as its file.
    config : MonitorConfig
    wish : Wish
    summary : Summary or None
        What its run did.
    error : Exception or None
        Why it did not.
    """

    name: str
    config: object
    wish: object
    summary: object = None
    error: Exception | None = None


def run_many(spark, members, run_id, started_at, say=quiet, command="run", jobs=None):
    """Monitor several models; each member comes to hold its summary or its error.

    Parameters
    ----------
    spark : SparkSession
    members : list of Member
        No two of one model with the same results.
    run_id : str
        Of all of them.
    started_at : int
        Microseconds.
    say : callable, optional
        Told (name, seconds, detail) when a model has ended.
    command : str
    jobs : int, optional
        How many are at work at a time; twice the cores of this machine, at most eight, where not given.
    """
    jobs = jobs or min(2 * (os.cpu_count() or 1), 8)
    tables = Counter(member.config.predictions.table for member in members)
    shared = Shared(crowded=frozenset(table for table, many in tables.items() if many > 1))
    slots, meetings, broken_off = Slots(jobs), [], []
    groups = {}
    for member in members:
        root = member.config.results
        groups.setdefault(absolute(root) if is_path(root) else root, []).append(member)

    def break_off(error):
        broken_off.append(error)
        for meeting in meetings:
            meeting.close(error)

    def follow(root, own):
        store, writing = Store(spark, root, stamp=run_id), threading.Lock()

        def together(first):
            if broken_off:
                return
            try:
                _run_together(store, own[first:first + TOGETHER], slots, meetings, writing,
                              lambda member, seat: run(spark, member.config, member.wish, run_id, started_at,
                                                       command=command, store=seat, shared=shared), say)
            except BaseException as error:
                break_off(error)
                raise

        with ThreadPoolExecutor(UNDER_WAY, "group") as pool:
            for ended in [pool.submit(together, first) for first in range(0, len(own), TOGETHER)]:
                ended.result()

    with ThreadPoolExecutor(jobs, "results") as pool:
        try:
            for ended in [pool.submit(follow, *group) for group in groups.items()]:
                ended.result()
        except BaseException as error:
            pool.shutdown(wait=False, cancel_futures=True)
            break_off(error)
            raise


def _run_together(store, members, slots, meetings, writing, work, say):
    """Run models that share their result tables, each in a thread, and wait for all; one group writes at a time."""
    def serve(kind, payloads):
        if kind[0] == SURVEYS:
            return survey_together(payloads)
        if kind[0] == COUNTS:
            return count_together(store.spark, payloads)
        table, what = payloads[0][0], [asked for _, asked in payloads]
        if kind[0] == READS:
            return store.fetch_all(table, kind[2], what)
        with writing:
            return store.commit_all(table, what)

    meeting, broken_off = Meeting(len(members), serve, slots), []
    meetings.append(meeting)

    def attend(member):
        began = time.monotonic()
        try:
            member.summary = meeting.attend(work, member, store.seat(member.config.model, meeting))
        except Exception as error:
            member.error = error
        except BaseException as error:
            broken_off.append(error)
            meeting.close(error)
        windows = len(member.summary.run["windows"]) if member.summary else 0
        say(member.name, time.monotonic() - began, f"{windows:,} windows" if member.error is None else "failed")

    threads = [threading.Thread(target=attend, args=(member,), name=member.config.model, daemon=True)
               for member in members]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if broken_off:
        raise broken_off[0]
