#!/usr/bin/env bash
# Judges the Debian package: made twice, it is the same; lintian finds no error; and in a root with nothing but Debian it installs,
# runs, and leaves nothing behind when it is purged.
#
#   Scripts/check-deb.sh
#
# Needs root, for the root file system that the package is tried in. ADYTON_BUILD names a build that is there already.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
say() { printf 'check-deb: %s\n' "$*"; }
fail() {
    printf 'check-deb: error: %s\n' "$*" >&2
    exit 1
}
for program in lintian mmdebstrap; do
    command -v "$program" >/dev/null || fail "$program is missing; Scripts/setup.sh package brings it"
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
readonly work root="$work/root"

Scripts/deb.sh "$work/first"
ADYTON_BUILD="${ADYTON_BUILD:-.build/release}" Scripts/deb.sh "$work/second" >/dev/null
cmp "$work"/first/*.deb "$work"/second/*.deb || fail "the package is not the same when it is made again"
rm -r "$work/second"
say "made twice, it is the same"

lintian --fail-on error "$work"/first/*.deb || fail "lintian finds an error"

# The dependencies come with the root, so that the package's own files can be told from theirs; man looks a page up.
needed=$(dpkg-deb -f "$work"/first/*.deb Depends | tr ',' '\n' | sed 's/[(|].*//; s/ //g' | sort -u | paste -sd,)
mmdebstrap --quiet --variant=minbase --include="ca-certificates,man-db,$needed" bookworm "$root"
cp "$work"/first/*.deb "$root/root/adyton.deb"
mkdir -p "$root/root/app/"{proc,sys,dev,run,tmp,bin}
cp "$(command -v busybox)" "$root/root/app/bin/busybox"
printf '{"ApplicationPath": "/bin/busybox", "MemorySize": "128m"}' >"$root/root/config.json"
inside() {
    chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}
files() { find "$root" -xdev \( -type f -o -type l -o -type d \) -printf '/%P\n' | LC_ALL=C sort; }

files >"$work/before"
inside dpkg --install /root/adyton.deb >"$work/dpkg.log" 2>&1 || fail "dpkg: $(tail -n 3 "$work/dpkg.log")"
say "installed"

mount -t proc proc "$root/proc"
trap 'umount "$root/proc"; rm -rf "$work"' EXIT
inside adyton --version
inside adyton doctor || fail "adyton doctor finds no engine"
inside adyton keygen -o /root/key.pem >/dev/null
inside adyton package --owner 0:0 -o /root/app.adyton /root/app /root/key.pem /root/config.json
inside adyton measure /root/app.adyton
inside man --where adyton-package || fail "the manual page is not found"
say "it runs, packs and measures"

rm -f "$root"/root/{key.pem,key.pub.pem,app.adyton}
inside dpkg --purge adyton >"$work/dpkg.log" 2>&1 || fail "dpkg --purge: $(tail -n 3 "$work/dpkg.log")"
umount "$root/proc"
trap 'rm -rf "$work"' EXIT
files | grep -vE '^/(root|var/(lib/dpkg|log|cache))/' >"$work/after"
grep -vE '^/(root|var/(lib/dpkg|log|cache))/' "$work/before" | diff - "$work/after" || fail "purging leaves files behind"
say "purged, and nothing is left"
