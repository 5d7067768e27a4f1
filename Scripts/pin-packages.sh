#!/usr/bin/env bash
# Pins the newest versions of Swift packages that Package.swift admits, for every build that is measured.
#
#   Scripts/pin-packages.sh      writes Scripts/requirements/swift-packages.json; look at its difference, and commit it
#
# SwiftPM reads versions from Package.resolved, which is no part of the sources: Scripts/setup.sh makes it of the pins where
# there is none, and Scripts/swift-release.sh takes the pinned versions and no others.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly pins=Scripts/requirements/swift-packages.json
swift package update
cp Package.resolved "$pins.partial"
mv "$pins.partial" "$pins"
printf 'pin-packages: %s\n' "$(git diff --stat -- "$pins" | tail -n 1)"
