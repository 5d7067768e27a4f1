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
    # A process for each kind of work. Long work blocks the few threads that others' waiting clients share; and where many
    # programs run beside each other, a test that is a process of its own may not be told of its end.
    readonly files='RootFileSystemTests|ContainerImageTests|EnclavePackageTests'
    readonly evidence='AttestationTests|LaunchMeasurementTests|MachineTests'
    readonly connections='AttestedGatewayTests|AttestedTransportTests|InferenceClientTests|InferenceServerTests'
    swift test --skip-build --skip "$files|$evidence|$connections|GuestInitTests|EndToEndTests"
    swift test --skip-build --filter "$connections"
    swift test --skip-build --filter "$files"
    swift test --skip-build --filter "$evidence"
    swift test --skip-build --filter GuestInitTests
    swift test --skip-build --filter EndToEndTests
fi
.deps/python/bin/python -m unittest discover -s Tools/models/tests -t Tools/models
