#!/usr/bin/env bash
# Makes the app directory of this example: the container image of its Dockerfile, unpacked.
#
#   Examples/python-onnx/make-image.sh OUT [BASE]
#
# BASE is the base image, as a Dockerfile's FROM names it: by default Debian's own image from a registry, or
# `oci-archive:FILE` for the output of make-base.sh. Wheels of the versions and digests that the project pins are downloaded
# once, into .deps/wheels. ADYTON names another adyton than the release build's.
set -euo pipefail

out=$(realpath -m "${1:?usage: Examples/python-onnx/make-image.sh OUT [BASE]}")
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
readonly out base="${2:-}"
readonly adyton="${ADYTON:-.build/release/adyton}" wheels=.deps/wheels
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT

cp Examples/python-onnx/{Dockerfile,service_app.py} Models/signal-flags/{model.onnx,labels.txt} "$context"
for name in numpy onnxruntime; do
    # A requirement is the line with the version and the lines with digests below it.
    sed -n "/^$name==/,/[^\\\\]\$/p" Scripts/requirements/python.txt
done >"$context/requirements.txt"
# Files that are there already are compared with their digests, and not downloaded again.
.deps/python/bin/python -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes \
    --only-binary=:all: --dest "$wheels" -r "$context/requirements.txt"
mkdir "$context/wheels"
while IFS='=' read -r name _ version _; do
    cp "$wheels/$name-$version-"*.whl "$context/wheels"
done < <(sed -n 's/^\([a-z]*\)==\([^ ]*\).*/\1==\2/p' "$context/requirements.txt")
rm "$context/requirements.txt"
# The inner quotes are for appbuilder, which splits the options; the name is filled in here.
# shellcheck disable=SC2016
"$adyton" appbuilder --force -d "$context/Dockerfile" -e "${base:+--build-arg 'BASE=$base'}" -o "$out"
