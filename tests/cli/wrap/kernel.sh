# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# A real kernel image in $kernel, or the test is skipped. Sourced by the tests.
kernel=$("$top_srcdir/tests/kernel-images" | head -n 1)
[ -n "$kernel" ] || { echo "SKIP: no kernel image at hand: scripts/setup packages fetches one"; exit 77; }
