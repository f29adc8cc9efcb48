# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# The first kernel's steps in every guest, the lab's own and a distribution's: start the DMA sources, load the capture kernel, crash
# when told. It talks to the lab over the serial console, in lines that begin with LAB. The including script has read /lab/config and
# defines load_module.

say() { echo "LAB $*" >/dev/console; }

# Print the uptime in hundredths of a second.
hundredths() { tr -d . </proc/uptime | cut -d' ' -f1; }

# wait_for SECONDS COMMAND...: until the command succeeds.
wait_for() {
	local until=$(($(hundredths) + $1 * 100))
	shift
	while ! "$@"; do
		[ $(hundredths) -lt $until ] || return 1
		sleep 0.1
	done
}

# Print the name of the block device with serial number $1.
disk_by_serial() {
	local path
	for path in /sys/block/nvme*/device/serial /sys/block/vd*/serial; do
		[ "$(tr -d ' ' 2>/dev/null <"$path")" = "$1" ] || continue
		path=${path#/sys/block/}
		echo "/dev/${path%%/*}"
		return 0
	done
	return 1
}

# Tell where the kernel is in memory, and the addresses of the functions in $SYMBOLS.
say_symbols() {
	sed -n 's/^ *\([0-9a-f]*\)-.* : Kernel code$/LAB kernel-code \1/p' /proc/iomem
	[ -n "$SYMBOLS" ] || return
	grep -E " [tT] ($SYMBOLS)\$" /proc/kallsyms | while read -r address _ name; do say symbol "$name" "$address"; done
}

start_edu() {
	local path device
	[ "$EDU" = none ] && return
	if [ "$EDU" = translated ]; then
		load_module vfio
		load_module vfio_iommu_type1 allow_unsafe_interrupts=1
		load_module vfio_pci
	fi
	for path in /sys/bus/pci/devices/*; do
		[ "$(cat "$path/vendor")$(cat "$path/device")" = 0x12340x11e8 ] || continue
		device=${path##*/}
		edu-dma "$EDU" "$device" $EDU_STORM >/tmp/edu.$device 2>&1 &
		wait_for 5 grep -q . /tmp/edu.$device
		say edu "$device $(cat /tmp/edu.$device)"
	done
}

start_nic() {
	local path
	[ "$NIC" = no ] && return
	load_module "$NIC"
	for path in /sys/class/net/eth*; do
		ip link set "${path##*/}" up
	done
}

start_disk_load() {
	local disk
	[ "$DISK_LOAD" = 0 ] && return
	load_module nvme
	wait_for 60 disk_by_serial load >/dev/null
	disk=$(disk_by_serial load) || { say failed no disk to put under load; return; }
	disk=${disk%n*}n
	wait_for 30 test -b "$disk$DISK_LOAD"
	disk-load "$disk"* >/tmp/disk-load 2>&1 &
}

# run_script NAME [ARGUMENT]...: run a script of the scenario in a subshell, where it may use the functions above.
run_script() {
	local name=$1 status
	shift
	(. "/lab/$name") >"/tmp/$name.log" 2>&1
	status=$?
	sed "s/^/LAB| $name: /" "/tmp/$name.log"
	return $status
}

first_kernel() {
	local start status
	say first-kernel
	sed -n 's/^ *\([0-9a-f]*\)-\([0-9a-f]*\) : Crash kernel$/LAB crash-region \1 \2/p' /proc/iomem
	start_nic
	start_edu
	start_disk_load
	run_script first
	say first-status $?
	say_symbols
	start=$(hundredths)
	run_script load --command-line="$CMDLINE" --initrd=/boot/initrd /boot/vmlinuz
	status=$?
	say loader $status $(($(hundredths) - start)) $(cat /sys/kernel/kexec_crash_loaded)
	say armed
	if [ -n "$SETUP" ]; then
		read -r _
		eval "$SETUP"
		say set up
	fi
	read -r _
	eval "$CRASH"
	sleep 20
	say failed still alive after the crash command
}
