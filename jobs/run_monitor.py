"""Entry for spark-submit and for jobs on Databricks: the command line itself, with the same arguments.

    spark-submit jobs/run_monitor.py run -c conf/flights.yml --as-of 2013-12-31

The session is the platform's: Delta must be on it, and this package on driver and workers (a wheel, or --py-files).
"""

from spark_monitor.cli import main

if __name__ == "__main__":
    main()
