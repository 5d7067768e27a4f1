#!/usr/bin/env bash
# Collects the licences of everything that an installation, a package or an image contains, with a list that names each part.
#
#   Scripts/licences.sh installation|onnx|both FOLDER [ROOT]
#
# "installation" is what `make install` puts into place. "onnx" and "both" are an image of the server with these engines: then
# ROOT is its root file system, whose system libraries are named with their Debian packages. FOLDER gets PARTS.md and a folder
# for each part. Texts come from where each part came from: the release's checkouts, the toolchain, .deps and /usr/share/doc.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
fail() {
    printf 'licences: error: %s\n' "$*" >&2
    exit 1
}
[ $# -ge 2 ] || fail "usage: Scripts/licences.sh installation|onnx|both FOLDER [ROOT]"
readonly contents=$1 folder=$2 root=${3:-}
case "$contents" in
installation | onnx | both) ;;
*) fail "unknown contents '$contents'; expected installation, onnx or both" ;;
esac
checkouts=$(Scripts/swift-release.sh folder)/checkouts
# A debug build's programs can be installed, too.
[ -d "$checkouts" ] || checkouts=.build/checkouts
readonly checkouts
[ -d "$checkouts" ] || fail "$checkouts is missing; build first: make build"
rm -rf "$folder"
mkdir -p "$folder"

# part NAME VERSION LICENCE FORM TEXT...: a line of the list, and the texts in a folder of the part's name.
part() {
    local name=$1 version=$2 licence=$3 form=$4 text place
    shift 4
    printf '| %s | %s | %s | %s |\n' "$name" "$version" "$licence" "$form" >>"$folder/PARTS.md"
    place="$folder/$(tr ' ' '-' <<<"$name")"
    mkdir -p "$place"
    for text in "$@"; do
        [ -f "$text" ] || fail "the licence of $name is missing: $text"
        install -m 644 "$text" "$place/$(basename "$text")"
    done
}

# The version of a package that the build resolved.
resolved() {
    python3 - "$1" <<'PYTHON'
import json, sys
for pin in json.load(open("Package.resolved"))["pins"]:
    if pin["identity"] == sys.argv[1]:
        print(pin["state"].get("version") or pin["state"]["revision"][:12])
PYTHON
}

swift_packages() {
    local checkout name texts text licence
    for checkout in "$checkouts"/*/; do
        name=$(basename "$checkout")
        # Plugins make documentation, and nothing of them is in a program.
        case "$name" in swift-docc-*) continue ;; esac
        texts=()
        for text in "$checkout"LICENSE* "$checkout"NOTICE*; do [ ! -f "$text" ] || texts+=("$text"); done
        [ ${#texts[@]} -gt 0 ] || fail "$name has no licence at the top of its checkout"
        licence=Apache-2.0
        grep -q 'Runtime Library Exception' "${texts[0]}" && licence="Apache-2.0 with Swift's runtime exception"
        part "$name" "$(resolved "$name")" "$licence" "in our programs" "${texts[@]}"
    done
    # What two of the packages contain of others: both name it in their notices, and every file in its header.
    part BoringSSL "as in swift-crypto and swift-nio-ssl" "Apache-2.0, ISC and OpenSSL" "in our programs" \
        "$checkouts/swift-crypto/NOTICE.txt"
    part llhttp "as in swift-nio" MIT "in our programs" "$checkouts/swift-nio/Sources/CNIOLLHTTP/LICENSE"
}

swift_runtime() {
    local toolchain version
    toolchain=$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9.]*\).*/\1/p' | head -n 1)
    part "Swift runtime with Foundation" "$version" "Apache-2.0 with Swift's runtime exception" \
        "in our programs" "$toolchain/share/swift/LICENSE.txt"
    part "ICU in Foundation" "as in Swift $version" Unicode-3.0 "in our programs" /usr/share/doc/libicu72/copyright
}

# system_part NAME PACKAGE FORM: a part that Debian's package of the name brought.
system_part() {
    local version licence=${4:-"see copyright"}
    version=$(dpkg-query -W -f='${source:Package} ${source:Version}' "$2") || fail "the package $2 is missing"
    part "$1" "Debian source $version" "$licence" "$3" "/usr/share/doc/${2%:*}/copyright"
}

onnx_runtime() {
    local version
    version=$(sed -n 's/^onnxruntime==\([^ ]*\).*/\1/p' Scripts/requirements/native.txt)
    part "ONNX Runtime" "$version" MIT "libonnxruntime.so.1, loaded at run time" \
        .deps/onnxruntime/onnxruntime/LICENSE .deps/onnxruntime/onnxruntime/ThirdPartyNotices.txt
}

pytorch() {
    local version wheel
    version=$(sed -n 's/^torch==\([^ ]*\).*/\1/p' Scripts/requirements/native.txt)
    wheel=$(find .deps/wheels -name 'torch-*.whl' | head -n 1)
    [ -n "$wheel" ] || fail "the licence of PyTorch is missing: it is in the wheel, which .deps/wheels does not have"
    part PyTorch "$version" "BSD-3-Clause, and its parts' own" "libtorch_cpu.so and others, loaded at run time"
    unzip -q "$wheel" 'torch-*.dist-info/licenses/*' -d "$folder/PyTorch.partial"
    cp -r --no-preserve=mode "$folder"/PyTorch.partial/torch-*.dist-info/licenses/. "$folder/PyTorch"
    rm -r "$folder/PyTorch.partial"
}

kernel() {
    local name version source_name source_version
    read -r name version _ < <(grep '^linux-image' Scripts/requirements/kernel.txt)
    read -r _ source_name source_version < <(grep '^source ' Scripts/requirements/kernel.txt)
    part Linux "$version" "GPL-2.0 with the syscall note" "kernel and modules of sealed machines, unchanged from $name"
    install -m 644 /usr/share/common-licenses/GPL-2 "$folder/Linux/GPL-2"
    cat >"$folder/Linux/SOURCE" <<TEXT
Kernel and modules are those of Debian's binary package $name, version $version. Nothing in them was changed; the
modules were decompressed.

Their complete source is Debian's source package $source_name, version $source_version:

    apt-get source $source_name=$source_version
    https://snapshot.debian.org/package/$source_name/$source_version/

A kernel in a folder sealed-kernel is built from that source as share/doc/adyton/kernel says: configuration, patches,
script and the source package's digest are there.

If you distribute these files to others, you have to offer them that source, too (GPL-2, section 3).
TEXT
}

# The system libraries of a root file system, by the Debian packages of this machine that they came from.
root_libraries() {
    local file package
    while IFS= read -r file; do
        package=$(dpkg-query -S "$file" "$(readlink -f "$file")" "/usr$file" 2>/dev/null | head -n 1 | cut -d: -f1) || true
        [ -z "$package" ] || printf '%s\n' "$package"
    done < <(cd "$root" && find . -type f -name '*.so*' -path '*lib*' | sed 's/^\.//') | sort -u |
        while IFS= read -r package; do system_part "$package" "$package" "its libraries, unchanged but for symbols"; done
}

cat >"$folder/PARTS.md" <<'TEXT'
# What this contains of others

Adyton itself is under the Apache License 2.0. The texts of each part are in the folder of its name.
Packages of Swift are named all, also where only a part of one is linked.

| part | version | licence | form |
|---|---|---|---|
TEXT
swift_packages
swift_runtime
onnx_runtime
if [ "$contents" = installation ]; then
    # Process 1 is one static program, so the C library is in it.
    system_part "GNU C library" libc6 "in process 1, statically" LGPL-2.1
    kernel
    cat >>"$folder/PARTS.md" <<'TEXT'

Not contained, and taken from the system at run time: the C and C++ libraries, libjpeg, libpng, libarchive and what it loads;
QEMU, OVMF and swtpm, for machines; libtorch, for the PyTorch engine (ADYTON_LIBTORCH names its folder).
Everything in process 1 is open: with the source of Adyton, Scripts/build-guest.sh links it anew with another C library.
TEXT
else
    [ "$contents" = onnx ] || pytorch
    [ -d "$root" ] || fail "the root file system is missing: $root"
    root_libraries
fi
