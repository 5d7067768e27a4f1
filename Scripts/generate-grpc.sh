#!/usr/bin/env bash
# Writes the Swift code of the gRPC messages and the service anew, from Sources/Serving/OpenInferenceMessages/*.proto.
#
#   Scripts/generate-grpc.sh               needs protoc (Debian: protobuf-compiler) and Swift
#
# The result is committed, so a build needs neither protoc nor the plug-ins. The plug-ins are built here from the very
# packages that Package.swift names: what they write fits the libraries that read it.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
command -v protoc >/dev/null || {
    printf 'generate-grpc: error: protoc is missing; install protobuf-compiler\n' >&2
    exit 1
}
for plugin in protoc-gen-swift protoc-gen-grpc-swift-2; do
    swift build --product "$plugin"
done
build=$(swift build --show-bin-path)
cd Sources/Serving/OpenInferenceMessages
protoc --plugin="$build/protoc-gen-swift" --plugin=protoc-gen-grpc-swift="$build/protoc-gen-grpc-swift-2" \
    --swift_out=. --swift_opt=Visibility=Package,UseAccessLevelOnImports=true \
    --grpc-swift_out=. --grpc-swift_opt=Visibility=Package,Client=false,UseAccessLevelOnImports=true \
    open_inference.proto
