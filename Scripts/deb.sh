#!/usr/bin/env bash
# Makes a Debian package of an installation: adyton_VERSION_ARCHITECTURE.deb, the same bytes every time.
#
#   Scripts/deb.sh [FOLDER]        FOLDER is where the package goes (default .build)
#
# ADYTON_BUILD names a build that is there already, ADYTON_COMPRESSION a level from 0 to 9. Nothing needs root. All times in the package are SOURCE_DATE_EPOCH, which is
# the last commit's unless it is set. Scripts/check-deb.sh judges the result.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
say() { printf 'deb: %s\n' "$*"; }
fail() {
    printf 'deb: error: %s\n' "$*" >&2
    exit 1
}
for program in dpkg-deb dpkg-shlibdeps; do
    command -v "$program" >/dev/null || fail "$program is missing; Scripts/setup.sh package brings it"
done
readonly folder="${1:-.build}"
SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}"
export SOURCE_DATE_EPOCH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
readonly work root="$work/root"

PREFIX=/usr DESTDIR="$root" ZSH_FOLDER=share/zsh/vendor-completions Scripts/install.sh install
# dpkg knows its files itself.
rm "$root/usr/share/adyton/installed.txt"
version=$("${ADYTON_BUILD:-.build/release}/adyton" --version)
architecture=$(dpkg --print-architecture)
readonly version architecture maintainer="${DEBFULLNAME:-The Adyton maintainers} <${DEBEMAIL:-maintainers@adyton.invalid}>"
readonly documents="$root/usr/share/doc/adyton"
date=$(LC_ALL=C date --utc --date "@$SOURCE_DATE_EPOCH" '+%a, %d %b %Y %H:%M:%S +0000')

# Debian has the texts of its usual licences, and wants one file that says all.
rm "$documents/LICENSE"
{
    cat <<TEXT
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: adyton

Files: *
Copyright: 2026 The Adyton authors, and those of the parts that licences/PARTS.md names
License: Apache-2.0
Comment: What Adyton contains of others, each with version, licence and form, is in
 /usr/share/doc/adyton/licences/PARTS.md, and the texts are beside it.

Files: usr/lib/adyton/guest/vmlinuz usr/lib/adyton/guest/modules/* usr/lib/adyton/guest/sealed-kernel/*
Copyright: 1991-2026 Linus Torvalds and others
License: GPL-2
Comment: The kernel is Debian's own, unchanged, and one in sealed-kernel is built from the same source;
 /usr/share/doc/adyton/licences/Linux/SOURCE names its source package, and /usr/share/doc/adyton/kernel
 has what was changed.

Files: usr/lib/adyton/libonnxruntime.so.1
Copyright: Microsoft Corporation
License: Expat

License: Apache-2.0
 On Debian systems, the text of the Apache License 2.0 is in
 /usr/share/common-licenses/Apache-2.0.

License: GPL-2
 On Debian systems, the text of the GNU General Public License, version 2, is in
 /usr/share/common-licenses/GPL-2.

License: Expat
TEXT
    sed 's/\r$//; s/^$/./; s/^/ /' .deps/onnxruntime/onnxruntime/LICENSE
} >"$documents/copyright"
chmod 644 "$documents/copyright"
cat >"$work/changelog" <<TEXT
adyton ($version) unstable; urgency=medium

  * Package of the sources of $(date --utc --date "@$SOURCE_DATE_EPOCH" +%Y-%m-%d).

 -- $maintainer  $date
TEXT
gzip -9n <"$work/changelog" >"$documents/changelog.gz"
find "$root/usr/share/man" -name '*.1' -exec gzip -9n {} +
find "$documents/licences" -type f -size +4k ! -name '*.md' ! -name SOURCE -exec gzip -9n {} +

mkdir -p "$root/usr/share/lintian/overrides" "$root/DEBIAN" "$work/debian"
cat >"$root/usr/share/lintian/overrides/adyton" <<'TEXT'
# Process 1 of a measured machine is alone in its file system.
adyton: statically-linked-binary [usr/lib/adyton/guest/adyton-init]
# ONNX Runtime is taken as its makers build it, in a version that Debian does not have.
adyton: embedded-library * [usr/lib/adyton/libonnxruntime.so.1]
TEXT

# libtorch is no package of Debian's; a machine without it serves with ONNX Runtime.
printf 'Source: adyton\n\nPackage: adyton\nArchitecture: any\nDescription: x\n' >"$work/debian/control"
elves=("$root"/usr/bin/adyton "$root"/usr/bin/adyton-server "$root"/usr/bin/adyton-gateway "$root"/usr/lib/adyton/libonnxruntime.so.1)
depends=$(cd "$work" && dpkg-shlibdeps -O --warnings=0 "${elves[@]/#/-e}" | sed -n 's/^shlibs:Depends=//p')
[ -n "$depends" ] || fail "dpkg-shlibdeps names no dependency"

(cd "$root" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | LC_ALL=C sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
cat >"$root/DEBIAN/control" <<TEXT
Package: adyton
Version: $version
Architecture: $architecture
Maintainer: $maintainer
Installed-Size: $(du -k -s --apparent-size --exclude=DEBIAN "$root" | cut -f1)
Depends: $depends
Recommends: binutils, ovmf, qemu-system-x86, swtpm, swtpm-tools
Suggests: buildah
Section: science
Priority: optional
Description: machine-learning inference from sealed, measured machines
 Adyton packs a model server and a model into one signed package, runs it in
 a measured virtual machine, and lets a client demand proof of what runs there
 before it sends anything.
 .
 This package has the command line tool, the server and the gateway, the
 kernel and process 1 of sealed machines, and ONNX Runtime. The PyTorch engine
 works where ADYTON_LIBTORCH names the folder of libtorch.
TEXT
chmod -R u=rwX,go=rX "$root"
find "$root" -exec touch --no-dereference --date "@$SOURCE_DATE_EPOCH" {} +

mkdir -p "$folder"
readonly name="adyton_${version}_$architecture.deb"
dpkg-deb --root-owner-group -Zxz "-z${ADYTON_COMPRESSION:-6}" --threads-max=2 --build "$root" "$folder/$name.partial" >/dev/null
mv "$folder/$name.partial" "$folder/$name"
say "$folder/$name has $(du -h --apparent-size "$folder/$name" | cut -f1); installed it takes" \
    "$(du -sh --apparent-size "$root" | cut -f1)"
sha256sum "$folder/$name"
