# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# A real kernel image in $kernel, or the test is skipped. Sourced by the tests.
kernel=
for each in /boot/vmlinuz-* /usr/lib/modules/*/vmlinuz \
	"$HOME"/.cache/kdump-quiesce/crash-lab/kernel-*/boot/vmlinuz-*; do
	[ -r "$each" ] && kernel=$each && break
done
[ -n "$kernel" ] || { echo "no kernel image at hand"; exit 77; }
