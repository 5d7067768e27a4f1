#!/usr/bin/env bash
# Makes a small Debian as the base image of this example's Dockerfile, for hosts that reach no registry.
#
#   Examples/python-onnx/make-base.sh OUT
#
# OUT becomes an OCI archive of Debian 12 with apt; `make-image.sh APPDIR oci-archive:OUT` builds on it. Packages come from
# this host's apt sources. OUT is complete or absent. `Scripts/setup.sh test` installs the programs.
set -euo pipefail

readonly out="${1:?usage: Examples/python-onnx/make-base.sh OUT}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

excluded=()
for folder in man doc locale info; do excluded+=("--dpkgopt=path-exclude=/usr/share/$folder/*"); done
SOURCE_DATE_EPOCH=0 mmdebstrap --quiet --variant=minbase "${excluded[@]}" bookworm "$work/base.tar"
printf '{"default":[{"type":"insecureAcceptAnything"}]}' >"$work/policy.json"
buildah() { TMPDIR="$work" command buildah --root "$work/storage" --runroot "$work/run" --storage-driver vfs "$@"; }
buildah from --name base scratch >/dev/null
buildah add --quiet base "$work/base.tar" / >/dev/null
buildah commit --quiet --signature-policy "$work/policy.json" --timestamp 0 base "oci-archive:$work/base.oci.tar" >/dev/null
mv "$work/base.oci.tar" "$out.partial"
mv "$out.partial" "$out"
