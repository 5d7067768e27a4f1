#!/usr/bin/env bash
# What must pass before a change lands, and what CI runs: the cheap checks first.
#
# The first build of debug and release each compile everything once; later steps use what they built.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
say() { printf 'check: %s, after %d s\n' "$*" "$SECONDS"; }

Scripts/setup.sh test
say "format"
swift format lint --strict --recursive --parallel Package.swift Sources Tests Benchmarks
say "scripts"
git ls-files -z '*.sh' .ci/run | xargs -0 shellcheck
say "imports against declared dependencies"
Scripts/check-imports.py
say "build with tests, warnings as errors"
swift build --build-tests --explicit-target-dependency-import-check error
say "fuzz harnesses"
Scripts/fuzz.sh check
say "tests"
Scripts/test.sh
say "release build"
Scripts/swift-release.sh
say "all passed"
