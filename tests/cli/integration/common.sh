# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Scripts that run on other machines, here with the files of a made-up one below $root. Sourced by the tests.
set -u
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
root=$work/root
failed=0
mkdir -p "$root" "$work/bin"
CALLS=$work/calls
export CALLS
# Only these programs of ours: the build has the real ones in PATH.
PATH=$work/bin:/usr/sbin:/usr/bin:/sbin:/bin

# expect NAME EXPECTED GOT
expect()
{
	if [ "$2" = "$3" ]; then
		echo "ok   $1"
	else
		echo "FAIL $1: '$3', expected '$2'"
		failed=1
	fi
}

# contains NAME WORDS FILE
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

# relocate SCRIPT COPY [SED-EXPRESSION...]: a copy that takes the system's files below $root.
relocate()
{
	from=$1 copy=$2
	shift 2
	[ -e "$from" ] || from=$top_srcdir/$from
	sed -E -e "s,(^|[ ='\"<>!])/(proc/vmcore|proc/mounts|run|dev/kdump|etc|var|usr/share|lib|boot)(/|-|\b),\1$root/\2\3,g" "$@" "$from" >"$copy"
	chmod +x "$copy"
}

# fake NAME: a program of that name that writes down how it was called, and then does what standard input says.
fake()
{
	{
		echo '#!/bin/sh'
		echo "echo \"${1##*/} \$*\" >>\"\$CALLS\""
		cat
	} >"$work/bin/$1"
	chmod +x "$work/bin/$1"
}

# What was called since the last time, in one line.
calls()
{
	[ ! -e "$CALLS" ] || paste -sd '|' "$CALLS"
	rm -f "$CALLS"
}

finish()
{
	exit $failed
}
