# Two doors: `make demo` and `make test`. Each makes .venv, installs, and finds Java by itself.
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test test-unit test-spark benchmark benchmark-peers clean

# With another Spark's home set, that one would be started instead of the one in .venv.
unexport SPARK_HOME

PYTHON_IN := .venv/bin/python
INSTALLED := .venv/.installed
WITH_JAVA := JAVA_HOME="$$($(PYTHON_IN) scripts/java_home.py)" && export JAVA_HOME &&

help: ## say what there is to make
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | awk -F'\t' '{printf "make %-15s %s\n", $$1, $$2}'

demo: $(INSTALLED) ## monitor a model on 336,776 real flights; writes to demo/
	@$(WITH_JAVA) .venv/bin/spark-monitor demo

test: test-unit test-spark ## all tests: first those without a JVM, then those with Spark

test-unit: $(INSTALLED) ## tests and examples that need no JVM
	@SPARK_HOME=/no-spark $(PYTHON_IN) -m pytest -q -n 2 spark_monitor tests --ignore=tests/spark --ignore=tests/journey

test-spark: $(INSTALLED) ## tests on a local Spark with Delta
	@$(WITH_JAVA) $(PYTHON_IN) -m pytest -q -n 2 --dist loadfile tests/spark tests/journey

benchmark: $(INSTALLED) ## all benchmarks, small; documents go to .benchmark/
	@$(WITH_JAVA) $(PYTHON_IN) -m benchmarks.run_all

benchmark-peers: $(INSTALLED) ## make the environments of other tools in .peers/, and compare with them
	@sh benchmarks/peers/make.sh .peers
	@$(WITH_JAVA) $(PYTHON_IN) -m benchmarks.count_vs_peers

clean: ## remove what the doors have made
	rm -rf .venv .peers .benchmark demo spark-warehouse .pytest_cache

$(INSTALLED): pyproject.toml scripts/setup.sh
	@sh scripts/setup.sh .venv
