#!/usr/bin/env bash
# Makes a container image of the server as an OCI archive, the same bytes every time. No daemon and no root is needed.
#
#   Scripts/image.sh onnx|both [OUT]     OUT is the archive (default .build/adyton-server-onnx.tar or -both.tar)
#
# "onnx" has ONNX Runtime, "both" has PyTorch, too. The image has the server, the libraries that it loads and their licences, and
# no shell. A model pack is mounted at /adyton/model. All times are SOURCE_DATE_EPOCH, which is the last commit's unless it is
# set. ADYTON_BUILD names a build that is there already. Scripts/check-image.sh judges the result.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
say() { printf 'image: %s\n' "$*"; }
fail() {
    printf 'image: error: %s\n' "$*" >&2
    exit 1
}
case "${1:-}" in
onnx) readonly engines=onnx arguments='"--engine", "onnx", ' ;;
both) readonly engines=both arguments='' ;;
*) fail "usage: Scripts/image.sh onnx|both [OUT]" ;;
esac
readonly out="${2:-.build/adyton-server-$engines.tar}"
SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}"
export SOURCE_DATE_EPOCH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
readonly work layout="$work/layout"

# An archive with nothing of this machine in it: sorted names, root's files, one time.
archive() {
    tar --create --directory "$1" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" \
        --format=posix --pax-option=delete=atime,delete=ctime,exthdr.name=%d/PaxHeaders/%f --file "$2" .
}

# blob FILE: puts a file among the layout's blobs and prints its digest.
blob() {
    local digest
    digest=$(sha256sum "$1" | cut -d' ' -f1)
    mv "$1" "$layout/blobs/sha256/$digest"
    printf '%s' "$digest"
}
size_of() { stat --format %s "$layout/blobs/sha256/$1"; }

mkdir "$work/empty"
Scripts/server-root.sh "$engines" "$work/root" "$work/empty" >/dev/null
chmod 1777 "$work/root/tmp"
Scripts/licences.sh "$engines" "$work/root/usr/share/doc/adyton/licences" "$work/root"
install -m 644 LICENSE "$work/root/usr/share/doc/adyton/LICENSE"
chmod -R u=rwX,go=rX "$work/root/usr/share/doc"

version=$("${ADYTON_BUILD:-.build/release}/adyton" --version)
revision=$(git rev-parse HEAD)
created=$(date --utc --date "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)
mkdir -p "$layout/blobs/sha256"
archive "$work/root" "$work/layer.tar"
content=$(sha256sum "$work/layer.tar" | cut -d' ' -f1)
unpacked=$(stat --format %s "$work/layer.tar")
gzip -n "-${ADYTON_COMPRESSION:-6}" "$work/layer.tar"
layer=$(blob "$work/layer.tar.gz")
cat >"$work/config.json" <<JSON
{
  "created": "$created",
  "architecture": "amd64",
  "os": "linux",
  "config": {
    "User": "1000:1000",
    "ExposedPorts": { "8000/tcp": {}, "8001/tcp": {} },
    "Entrypoint": ["/adyton/bin/adyton-server"],
    "Cmd": ["/adyton/model", ${arguments}"--host", "0.0.0.0", "--port", "8000", "--grpc-port", "8001"],
    "Volumes": { "/adyton/model": {} },
    "WorkingDir": "/",
    "StopSignal": "SIGTERM",
    "Labels": {
      "org.opencontainers.image.title": "adyton-server",
      "org.opencontainers.image.description": "Serves a model pack over HTTP and gRPC.",
      "org.opencontainers.image.version": "$version",
      "org.opencontainers.image.revision": "$revision",
      "org.opencontainers.image.created": "$created",
      "org.opencontainers.image.licenses": "Apache-2.0",
      "org.opencontainers.image.documentation": "/usr/share/doc/adyton/licences/PARTS.md"
    }
  },
  "rootfs": { "type": "layers", "diff_ids": ["sha256:$content"] },
  "history": [{ "created": "$created", "created_by": "Scripts/image.sh $engines" }]
}
JSON
config=$(blob "$work/config.json")
cat >"$work/manifest.json" <<JSON
{
  "schemaVersion": 2,
  "mediaType": "application/vnd.oci.image.manifest.v1+json",
  "config": {
    "mediaType": "application/vnd.oci.image.config.v1+json",
    "digest": "sha256:$config",
    "size": $(size_of "$config")
  },
  "layers": [
    {
      "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
      "digest": "sha256:$layer",
      "size": $(size_of "$layer")
    }
  ]
}
JSON
manifest=$(blob "$work/manifest.json")
cat >"$layout/index.json" <<JSON
{
  "schemaVersion": 2,
  "mediaType": "application/vnd.oci.image.index.v1+json",
  "manifests": [
    {
      "mediaType": "application/vnd.oci.image.manifest.v1+json",
      "digest": "sha256:$manifest",
      "size": $(size_of "$manifest"),
      "platform": { "architecture": "amd64", "os": "linux" },
      "annotations": { "org.opencontainers.image.ref.name": "$version-$engines" }
    }
  ]
}
JSON
printf '{"imageLayoutVersion": "1.0.0"}\n' >"$layout/oci-layout"
mkdir -p "$(dirname "$out")"
archive "$layout" "$out.partial"
mv "$out.partial" "$out"
say "$out has $(numfmt --to=iec "$(size_of "$layer")"), unpacked $(numfmt --to=iec "$unpacked"); manifest sha256:$manifest"
sha256sum "$out"
