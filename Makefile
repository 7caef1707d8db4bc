# Two doors: `make demo` and `make test`. Each makes .venv, installs, and finds Java by itself.
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test test-unit test-spark clean

# With another Spark's home set, that one would be started instead of the one in .venv.
unexport SPARK_HOME

PYTHON_IN := .venv/bin/python
INSTALLED := .venv/.installed
WITH_JAVA := JAVA_HOME="$$($(PYTHON_IN) scripts/java_home.py)" && export JAVA_HOME &&

help: ## say what there is to make
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | awk -F'\t' '{printf "make %-10s %s\n", $$1, $$2}'

demo: $(INSTALLED) ## monitor a model on 336,776 real flights; writes to demo/
	@$(WITH_JAVA) .venv/bin/spark-monitor demo

test: test-unit test-spark ## all tests: first those without a JVM, then those with Spark

test-unit: $(INSTALLED) ## tests and examples that need no JVM
	@SPARK_HOME=/no-spark $(PYTHON_IN) -m pytest -q -n 2 spark_monitor tests --ignore=tests/spark --ignore=tests/journey

test-spark: $(INSTALLED) ## tests on a local Spark with Delta
	@$(WITH_JAVA) $(PYTHON_IN) -m pytest -q -n 2 --dist loadfile tests/spark tests/journey

clean: ## remove what the doors have made
	rm -rf .venv demo spark-warehouse .pytest_cache

$(INSTALLED): pyproject.toml scripts/setup.sh
	@sh scripts/setup.sh .venv
