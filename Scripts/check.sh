#!/usr/bin/env bash
# What must pass before a change lands.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
say() { printf 'check: %s\n' "$*"; }

Scripts/setup.sh test
say "format"
swift format lint --strict --recursive --parallel Package.swift Sources Tests Benchmarks
say "build, with warnings as errors and every dependency stated"
swift build --build-tests --explicit-target-dependency-import-check error
say "tests"
Scripts/test.sh
say "release build"
swift build -c release
say "all passed"
