#!/usr/bin/env bash
# Sets up what the tests need, and runs them all: Swift's and Python's.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
Scripts/setup.sh test
# A skipped test counts as passed; set-up has just brought every tool, so a missing one is a failure.
export REQUIRE_TOOLS="${REQUIRE_TOOLS:-1}"
# Python's ONNX Runtime keeps a usage database in the home folder otherwise; our own shim switches that off itself.
export ORT_DISABLE_TELEMETRY=1
swift build --build-tests
if [ $# -gt 0 ]; then
    swift test --skip-build "$@"
else
    # Two processes: file systems', containers' and packages' long work blocks the few threads that the others' waiting clients share.
    swift test --skip-build --skip 'RootFileSystem|Container|Package'
    swift test --skip-build --filter 'RootFileSystem|Container|Package'
fi
.deps/python/bin/python -m unittest discover -s Tools/models/tests -t Tools/models
