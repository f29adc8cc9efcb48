#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# dracut module of the lab: a capture initramfs that saves the dump into the root file system, as kdump-utils' does.

check()
{
	return 255
}

depends()
{
	echo base
}

install()
{
	inst_multiple makedumpfile date mkdir sync
	# shellcheck disable=SC2154
	inst_hook pre-pivot 50 "$moddir/save.sh"
}
