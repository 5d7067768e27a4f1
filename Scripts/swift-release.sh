#!/usr/bin/env bash
# Runs `swift build -c release` so that neither the folder's name nor its length is in any program. Every release build goes
# through it, because a build with other options compiles everything again, and a sealed machine that carries it measures
# otherwise.
#
#   Scripts/swift-release.sh [OPTION...]      options of `swift build`, such as --product adyton or --show-bin-path
#   Scripts/swift-release.sh folder           the folder in which it builds; .build/release leads to its programs
#
# Scripts/build-guest.sh makes the measured programs of such a build.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$(pwd -P)
readonly root
case "$root" in
*=*)
    printf 'swift-release: error: the folder %s has "=" in its name, which compilers take for the end of a path\n' "$root" >&2
    exit 64
    ;;
esac
# Where a closure must not escape, Swift leaves the length of the source file's path in the program, and no option maps that.
# So all folders build in one whose path has the same length.
readonly length=160
padding=$((length - ${#root} - 16))
if [ "$padding" -lt 1 ]; then
    printf 'swift-release: error: the path %s has %d bytes, expected at most %d: move the folder\n' \
        "$root" "${#root}" $((length - 17)) >&2
    exit 64
fi
scratch=$root/.build/release-$(printf '%*s' "$padding" '' | tr ' ' -)
readonly padding scratch
if [ "${1:-}" = folder ]; then
    printf '%s\n' "$scratch"
    exit
fi
# The versions of packages are part of what is measured.
readonly pins=Scripts/requirements/swift-packages.json
cmp --silent "$pins" Package.resolved || cp "$pins" Package.resolved
mkdir -p "$scratch"
ln --symbolic --force --no-dereference "${scratch##*/}/release" .build/release

# C and C++ name their file in messages (__FILE__), and all compilers in what a debugger reads. Such a path becomes relative
# to the project's folder; the last map that fits counts. Swift's own messages name only module and file.
exec swift build -c release --scratch-path "$scratch" --force-resolved-versions \
    -Xcc "-ffile-prefix-map=$root=." -Xcc "-ffile-prefix-map=$scratch=./.build" \
    -Xswiftc -file-prefix-map -Xswiftc "$root=." -Xswiftc -file-prefix-map -Xswiftc "$scratch=./.build" "$@"
