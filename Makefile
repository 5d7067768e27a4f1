# Every command that people and CI run. `make help` lists them.

MODEL ?= signal-flags
SECONDS ?= 1800
WHAT ?= images
ENGINES ?= onnx

# Where `make install` installs, and the prefix of that path while a package is staged.
PREFIX ?= /usr/local
DESTDIR ?=
export PREFIX DESTDIR

# ONNX Runtime keeps a usage database in the home folder unless told not to. Our own shim tells it; Python's needs this.
export ORT_DISABLE_TELEMETRY := 1

.DEFAULT_GOAL := help
.PHONY: help setup build run runexec serve test test-all vectors check docs format bench soak fuzz install uninstall deb image kernel clean

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Bring what a build needs: system packages, ONNX Runtime, PyTorch
	@Scripts/setup.sh run

build: setup ## Build the release
	@Scripts/swift-release.sh

run: ## Seal server and model in a machine, ask it about the sample images, stop (MODEL=signal-flags or alexnet)
	@Scripts/run.sh sealed $(MODEL)

runexec: ## The same in a machine, without a package
	@Scripts/run.sh unpackaged $(MODEL)

serve: ## The same as a process of this host, without a machine
	@Scripts/run.sh plain $(MODEL)

test: ## Set up what tests need, and run them all
	@Scripts/test.sh

test-all: ## The same with the large tests; the log is kept in .cache/test-all.log
	@mkdir -p .cache
	@bash -o pipefail -c 'Scripts/test.sh --all 2>&1 | tee .cache/test-all.log'

vectors: ## Fetch the public evidence that tests read, where there is a network
	@Scripts/vectors.sh

check: ## What must pass before a change lands, and what CI runs: format, scripts, dependencies, tests, release build
	@Scripts/check.sh

docs: ## Build the libraries' reference with articles and a tutorial into .build/docs; a warning is an error
	@Scripts/docs.sh

format: ## Format every Swift file in place
	@swift format --in-place --recursive --parallel Package.swift Sources Tests Benchmarks

bench: ## Measure against the peer and against the engines alone, in one run
	@Scripts/bench.sh

soak: ## Serve at 80 % of the peak for SECONDS (default 1800), and fail on an error or growth
	@Scripts/setup.sh test
	@Scripts/swift-release.sh
	@Scripts/soak.sh $(SECONDS)

fuzz: ## Fuzz a reader for SECONDS (default 1800): WHAT=json, images, cpio, tdx and others, evidence, or all
	@Scripts/setup.sh test
	@Scripts/fuzz.sh $(SECONDS) $(WHAT)

install: ## Build the release and install it into PREFIX (default /usr/local), below DESTDIR where that is set
	@Scripts/install.sh install

uninstall: ## Remove what `make install` put into PREFIX
	@Scripts/install.sh uninstall

deb: ## Make a Debian package in .build, the same bytes every time
	@Scripts/setup.sh package
	@Scripts/deb.sh

image: ## Make a container image of the server in .build, an OCI archive: ENGINES=onnx or both
	@Scripts/setup.sh package
	@Scripts/image.sh $(ENGINES)

kernel: ## Build the kernel of sealed machines from Debian's source (12 minutes of a processor, once a machine)
	@Scripts/setup.sh kernel
	@Scripts/build-kernel.sh

clean: ## Remove what was built; .deps and .cache stay
	@rm -rf .build Benchmarks/.build
