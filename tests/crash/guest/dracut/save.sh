#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# dracut's pre-pivot hook in the capture kernel: save the dump where kdump-tools would, and reboot.
[ -e /proc/vmcore ] || exit 0
stamp=$(date +%Y%m%d%H%M)
directory=/sysroot/var/crash/$stamp
mkdir -p "$directory"
echo "running makedumpfile" >/dev/console
makedumpfile -l -d 31 /proc/vmcore "$directory/dump.$stamp" >/dev/console 2>&1
# Of the package, if it is there.
[ ! -x /usr/lib/kdump-quiesce/capture ] || /usr/lib/kdump-quiesce/capture end
umount /sysroot
sync
echo b >/proc/sysrq-trigger
