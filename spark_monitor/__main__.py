"""``python -m spark_monitor`` is the command ``spark-monitor``."""

from spark_monitor.cli import main

if __name__ == "__main__":
    main()
