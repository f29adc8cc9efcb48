# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Sets $kernel to a real kernel image, or skips the test. Sourced by the tests.
kernel=$("$top_srcdir/tests/kernel-images" | head -n 1)
[ -n "$kernel" ] || { echo "SKIP: no kernel image at hand: scripts/setup packages fetches one"; exit 77; }
