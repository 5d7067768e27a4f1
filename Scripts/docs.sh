#!/usr/bin/env bash
# Builds the reference of the libraries that others import, with articles and tutorials, into OUT (default .build/docs), and
# fails on any warning: a symbol link to nothing, an article without a place, a tutorial without a step. Needs no network
# once the packages are resolved.
#
#   Scripts/docs.sh [OUT]
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly out="${1:-.build/docs}"
mkdir -p "$out"
swift package --allow-writing-to-directory "$out" generate-documentation \
    --target Attestation --target InferenceClient --enable-experimental-combined-documentation \
    --transform-for-static-hosting --warnings-as-errors --output-path "$out"
printf 'docs: %s/index.html; show it with: python3 -m http.server --directory %s\n' "$out" "$out"
