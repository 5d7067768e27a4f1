#!/usr/bin/env bash
# Makes a base image for this example's Dockerfile from this computer's Python, for hosts that reach no registry.
#
#   Examples/hello-service/make-base.sh OUT
#
# OUT becomes an OCI archive with Python and its standard library where docker.io/library/python has them, and nothing else:
# no shell. It needs adyton in PATH, buildah and Debian's python3. OUT is complete or absent.
set -euo pipefail

readonly out="${1:?usage: Examples/hello-service/make-base.sh OUT}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python=$(readlink -f /usr/bin/python3)
adyton bundle "$python:/usr/local/bin/python3" "$work/root" \
    --add "/usr/lib/${python##*/}:/usr/local/lib/${python##*/}" >/dev/null
rm -rf "$work/root/usr/local/lib/${python##*/}"/config-* # What programs that embed Python link.
printf '{"default":[{"type":"insecureAcceptAnything"}]}' >"$work/policy.json"
buildah() { TMPDIR="$work" command buildah --root "$work/storage" --runroot "$work/run" --storage-driver vfs "$@"; }
buildah from --name base scratch >/dev/null
buildah add --quiet base "$work/root" / >/dev/null
buildah config --env PATH=/usr/local/bin:/usr/bin:/bin base
buildah commit --quiet --signature-policy "$work/policy.json" --timestamp 0 base "oci-archive:$work/base.tar" >/dev/null
mv "$work/base.tar" "$out.partial"
mv "$out.partial" "$out"
