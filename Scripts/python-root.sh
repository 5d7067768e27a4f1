#!/usr/bin/env bash
# Prints the folder that holds the root of Examples/python-onnx; makes it first where it is missing or out of date.
#
#   Scripts/python-root.sh
#
# The root stays in .cache as long as nothing that goes into it changes, and so does the small Debian below it. Making both
# takes minutes and the network. ADYTON names another adyton than the release build's. `Scripts/setup.sh test` installs the
# programs.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly example=Examples/python-onnx cache=.cache/python-onnx
mkdir -p "$cache"
# Others that ask meanwhile wait, and find it made.
exec 9>"$cache/lock"
flock 9

digest() { cat "$@" | sha256sum | cut -c1-16; }
base=$PWD/$cache/base-$(digest $example/make-base.sh).tar
root=$PWD/$cache/tree-$(digest $example/{make-base.sh,make-image.sh,Dockerfile,service_app.py} \
    Models/signal-flags/{model.onnx,labels.txt} Scripts/requirements/python.txt)
if [ ! -d "$root" ]; then
    rm -rf "$cache"/tree-*
    [ -f "$base" ] || { rm -f "$cache"/base-*; $example/make-base.sh "$base"; }
    $example/make-image.sh "$root.partial" "oci-archive:$base"
    mv "$root.partial" "$root"
fi >&2
echo "$root"
