# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Runs scripts that are made for other machines, with the files of a made-up machine below $root. Sourced by the tests.
set -u
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
root=$work/root
failed=0
mkdir -p "$root" "$work/bin"
CALLS=$work/calls
export CALLS
# Of our programs only those in $work/bin may run. The caller's PATH has the real ones.
PATH=$work/bin:/usr/sbin:/usr/bin:/sbin:/bin

# expect NAME EXPECTED GOT: the two texts must be equal.
expect()
{
	if [ "$2" = "$3" ]; then
		echo "ok   $1"
	else
		echo "FAIL $1: '$3', expected '$2'"
		failed=1
	fi
}

# contains NAME WORDS FILE: the file must contain the words.
contains()
{
	if grep -qF -e "$2" "$3"; then
		echo "ok   $1"
	else
		echo "FAIL $1: no '$2' in:"
		cat "$3"
		failed=1
	fi
}

# relocate SCRIPT COPY [SED-EXPRESSION...]: make a copy that uses the system's files below $root.
relocate()
{
	from=$1 copy=$2
	shift 2
	[ -e "$from" ] || from=$top_srcdir/$from
	sed -E -e "s,(^|[ ='\"<>!])/(proc/vmcore|proc/mounts|run|dev/kdump|etc|var|usr/share|lib|boot)(/|-|\b),\1$root/\2\3,g" "$@" "$from" >"$copy"
	chmod +x "$copy"
}

# fake NAME: make a program of that name. It records its arguments, then runs the script on standard input.
fake()
{
	{
		echo '#!/bin/sh'
		echo "echo \"${1##*/} \$*\" >>\"\$CALLS\""
		cat
	} >"$work/bin/$1"
	chmod +x "$work/bin/$1"
}

# Print the calls of fake programs since the last time, in one line.
calls()
{
	[ ! -e "$CALLS" ] || paste -sd '|' "$CALLS"
	rm -f "$CALLS"
}

finish()
{
	exit $failed
}
