"""What the user asks for: the model of it, and the loader that tells every mistake with file, line and column."""

from spark_monitor.config.loader import check_file, check_text, load_config, load_config_text
from spark_monitor.config.model import MonitorConfig
from spark_monitor.config.schema import schema

__all__ = ["MonitorConfig", "check_file", "check_text", "load_config", "load_config_text", "schema"]
