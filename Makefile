# `make install` alone builds .venv; every other target builds it if need be.
.PHONY: install discover test test-slow lint types docs benchmark benchmark-hypernetworks benchmark-similarity benchmark-similarity-sizes benchmark-fields benchmark-imports benchmark-memory benchmark-reading clean

RUN ?= runs/quick

install: .venv/installed

.venv/installed: pyproject.toml constraints.txt scripts/make-venv.sh
	scripts/make-venv.sh export,test
	touch $@

.venv/tools: .venv/installed
	scripts/make-venv.sh export,test,lint,docs
	touch $@

.venv/benchmark: .venv/installed
	scripts/make-venv.sh export,test,bench
	touch $@

# The quick preset: four seeds of the smallest size that shows all of it, in minutes.
discover: .venv/installed
	.venv/bin/weightloom discover l1 --sizes 4,12,1 --seeds 4 --steps 20000 --out $(RUN)
	.venv/bin/weightloom show $(RUN)
	.venv/bin/weightloom figures $(RUN)

test: .venv/installed
	.venv/bin/python -m pytest -n 2 --dist loadfile -m "not slow and not example" tests

# What takes minutes: statistics, trainings that are killed again and again, the examples of docstrings and documents.
test-slow: .venv/installed
	.venv/bin/python -m pytest -n 2 --dist load -m example
	.venv/bin/python -m pytest -n 2 --dist load -m slow tests

lint: .venv/tools
	.venv/bin/ruff check
	.venv/bin/ruff format --check

types: .venv/tools
	.venv/bin/mypy

docs: .venv/tools
	.venv/bin/mkdocs build --strict --quiet --site-dir build/site

benchmark: .venv/benchmark
	.venv/bin/python benchmarks/training.py

# The peers live in an environment of their own. hypnettorch's regulariser needs Matplotlib, which it does not ask for.
build/peers/installed:
	python3 -m venv build/peers
	PIP_CONSTRAINT=constraints.txt build/peers/bin/pip install --quiet torch hypnettorch==0.0.4 hyperlight==0.0.5 \
		synecdoche==0.2.0 flax==0.12.8 matplotlib optax scikit-learn
	touch $@

benchmark-hypernetworks: .venv/installed build/peers/installed
	.venv/bin/python benchmarks/hypernetworks.py --peers build/peers/bin/python

# torch-cka asks for torchvision, which it does not use here.
benchmark-similarity: .venv/benchmark
	.venv/bin/pip install --quiet --no-deps torch-cka==0.21
	.venv/bin/python benchmarks/similarity.py

benchmark-similarity-sizes: .venv/benchmark
	.venv/bin/pip install --quiet --no-deps pytorch-cka==1.1.3 calibrated-similarity==0.1.1
	.venv/bin/python benchmarks/similarity_sizes.py

benchmark-fields: .venv/benchmark
	.venv/bin/python benchmarks/fields.py

benchmark-imports: .venv/installed
	.venv/bin/python benchmarks/imports.py

benchmark-memory: .venv/installed
	.venv/bin/python benchmarks/memory.py

benchmark-reading: .venv/installed
	.venv/bin/python benchmarks/reading.py

clean:
	rm -rf .venv build
