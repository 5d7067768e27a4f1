#!/usr/bin/env bash
# Sets up what the tests need, and runs them: Swift's and Python's.
#
#   Scripts/test.sh                 every test but the large ones
#   Scripts/test.sh --all           the large ones, too
#   Scripts/test.sh OPTION...       swift test with these options, such as --filter SandboxTests
#
# A large test says so where it is declared (LargeTests) and is skipped without ADYTON_TEST_ALL=1, which --all sets.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
say() { printf 'test: %s, after %d s\n' "$*" "$SECONDS"; }

if [ "${1:-}" = --all ]; then
    export ADYTON_TEST_ALL=1
    shift
fi
Scripts/setup.sh test
if [ "${ADYTON_TEST_ALL:-}" = 1 ]; then
    Scripts/setup.sh package
    Scripts/setup.sh kernel
fi
# A skipped test counts as passed; set-up has just brought every tool, so a missing one is a failure. So is missing public
# evidence where the folder is there that has it.
export REQUIRE_TOOLS="${REQUIRE_TOOLS:-1}"
# Python's ONNX Runtime keeps a usage database in the home folder otherwise; our own shim switches that off itself.
export ORT_DISABLE_TELEMETRY=1
say "build"
swift build --build-tests
if [ "${ADYTON_TEST_ALL:-}" = 1 ]; then
    # Packages and images are made of it. A test cannot build while `swift test` has the build folder.
    say "release build"
    Scripts/swift-release.sh
    if [ $# = 0 ]; then
        say "the measured programs of two folders"
        ADYTON_BUILD=.build/release Scripts/compare-builds.sh programs
    fi
elif [ $# = 0 ]; then
    say "process 1 of two folders"
    Scripts/compare-builds.sh init
fi

# Which group ran which test.
readonly results=.build/test-results
# run NAME OPTION...: one process of tests.
run() {
    local name=$1
    shift
    say "$name"
    swift test --skip-build --xunit-output "$results/${name// /-}.xml" "$@"
}
rm -rf "$results"
mkdir -p "$results"
if [ $# -gt 0 ]; then
    run "chosen tests" "$@"
else
    # A process for each kind of work. Long work blocks the few threads that others' waiting clients share; and where many
    # programs run beside each other, a test that is a process of its own may not be told of its end.
    # Anchored at the module: a test's name is followed by its file's, such as GatewayMachineTests.swift.
    readonly files='^(ApplicationBundleTests|RootFileSystemTests|ContainerImageTests|EnclavePackageTests)\.'
    readonly evidence='^(AttestationTests|LaunchMeasurementTests|MachineTests)\.'
    readonly connections='^(AttestedGatewayTests|AttestedTransportTests|InferenceClientTests|InferenceServerTests)\.'
    readonly guest='^GuestInitTests\.' whole='^EndToEndTests\.'
    run "formats and models" --skip "$files|$evidence|$connections|$guest|$whole"
    run "connections" --filter "$connections"
    run "files" --filter "$files"
    run "evidence and machines" --filter "$evidence"
    run "process 1" --filter "$guest"
    run "end to end" --filter "$whole"
    swift test list --skip-build >"$results/list.txt"
    Scripts/check-test-runs.py "$results/list.txt" "$results"
fi
if [ "${ADYTON_TEST_ALL:-}" = 1 ] && [ $# = 0 ]; then
    say "reference documentation"
    Scripts/docs.sh
    say "the kernel of sealed machines, from two folders"
    Scripts/build-kernel.sh compare
fi
say "Python's"
.deps/python/bin/python -m unittest discover -s Tests/Scripts
.deps/python/bin/python -m unittest discover -s Tools/models/tests -t Tools/models
if [ $# = 0 ]; then
    say "the pages' commands"
    every=()
    [ "${ADYTON_TEST_ALL:-}" != 1 ] || every=(--all)
    ADYTON_BUILD=.build/debug Scripts/run-docs.py "${every[@]}"
fi
say "done"
