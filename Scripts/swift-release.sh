#!/usr/bin/env bash
# Runs `swift build -c release` without the folder's name in any program. Every release build goes through it,
# because a build with other options compiles everything again, and a sealed machine that carries it measures otherwise.
#
#   Scripts/swift-release.sh [OPTION...]      options of `swift build`, such as --product adyton or --show-bin-path
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
# C and C++ name their file in messages (__FILE__), and all compilers in what a debugger reads. Such a path becomes relative
# to the project's folder. Swift's own messages name only module and file.
exec swift build -c release \
    -Xcc "-ffile-prefix-map=$root=." \
    -Xswiftc -file-prefix-map -Xswiftc "$root=." "$@"
