# SPDX-License-Identifier: GPL-2.0-or-later
# Shared by the cli tests of `kdump-quiesce exec`, which source it: a root directory that stands for a machine, and comparison of output.
# All loads are dry runs: nothing is ever loaded on the machine that runs the tests.
set -u
loader=$top_builddir/tests/cli/exec/fake-loader
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
root=$work/root
failed=0

# A machine with an AMD IOMMU and memory for a crash kernel. The IVRS: a header, then one IVHD of type 10h.
make_root()
{
	rm -rf "$root"
	mkdir -p "$root/proc" "$root/sys/firmware/acpi/tables" "$root/sys/bus/pci/devices"
	mkdir "$root/sys/bus/pci/devices/0000:00:00.0" "$root/sys/bus/pci/devices/0000:00:02.0"
	printf '00100000-7fffffff : System RAM\n  6e000000-7dffffff : Crash kernel\n' >"$root/proc/iomem"
	printf 'flags\t\t: fpu constant_tsc nonstop_tsc\n' >"$root/proc/cpuinfo"
	{
		printf 'IVRS\110\000\000\000\002\316KDQ\000\000\000TEST\000\000\000\000'
		printf '\001\000\000\000TEST\001\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000'
		printf '\020\000\030\000\010\000\000\000\000\000\330\376\000\000\000\000\000\000\000\000\000\000\000\000'
	} >"$root/sys/firmware/acpi/tables/IVRS"
}

# run WANTED-STATUS COMMAND...: the command's messages go to $work/out. Addresses and numbers that differ in each run are replaced.
run()
{
	wanted=$1
	shift
	"$@" >"$work/raw" 2>&1 </dev/null
	status=$?
	sed -e 's/plugin at 0x[0-9a-f]*/plugin at PLUGIN/' -e 's/process [0-9]*/process PID/' \
		-e 's/at 0x[0-9a-f]\{9,\}: /at ADDRESS: /' "$work/raw" >"$work/out"
	if [ "$status" -ne "$wanted" ]; then
		echo "FAIL: exit status $status, expected $wanted: $*"
		cat "$work/raw"
		failed=1
	fi
}

# The messages of the last run must be exactly those on stdin.
said()
{
	cat >"$work/expected"
	diff -u "$work/expected" "$work/out" || { echo "FAIL: $1"; failed=1; }
}

# A line in the messages of the last run must match.
said_so()
{
	grep -q -e "$1" "$work/out" || { echo "FAIL: no \"$1\" in:"; cat "$work/out"; failed=1; }
}

# await TEST FILE: wait until the test holds, for a minute at most.
await()
{
	tries=0
	until [ "$1" "$2" ] || [ $((tries += 1)) -gt 600 ]; do
		sleep 0.1
	done
}

exec_dry()
{
	kdump-quiesce exec --dry-run --sysroot "$root" "$@"
}

# Without seccomp user notification (in a container, on an old kernel) nothing can be tested.
make_root
exec_dry --require -- true >"$work/out" 2>&1
[ $? -ne 125 ] || { cat "$work/out"; echo "SKIP: no seccomp user notification"; exit 77; }
