#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Run every command of every transcript, and compare its output. sh runs each line "$ COMMAND" in a new directory, with $dumps set. The
# lines below the command are its output, and "-> N" is its exit status if that is not 0. Lines that begin with ## are comments.
# Transcripts called kernel-* need $kernels, which only some compilers can build. $room is the directory of tests/cli that has the
# transcripts (default: inspect); its scripts are in PATH.
#
#	transcripts.sh [--update] [TRANSCRIPT]...
#
# --update writes the new output into the transcripts. Read the difference before you commit it.
set -u
room=${room:-inspect}
tests=${top_srcdir:-$(cd "$(dirname "$0")/../../.." && pwd)}/tests/cli
here=$tests/$room
build=${top_builddir:-$(pwd)}
update=
[ "${1-}" = --update ] && { update=yes; shift; }
[ $# -gt 0 ] || set -- "$here"/transcripts/*

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
kernels=$(cd "$build" && pwd)/tests/cli/inspect/kernels
export dumps="$tests/inspect/dumps" here kernels LC_ALL=C
unset NO_COLOR

# Print the transcript $1 with the present output of its commands, which run in the directory $2.
say_again()
{
	while IFS= read -r line; do
		case $line in
		'## '*) printf '%s\n' "$line" ;;
		'$ '*)
			printf '%s\n' "$line"
			(cd "$2" && sh -c "${line#\$ }" 2>&1) </dev/null
			ended=$?
			[ $ended -eq 0 ] || echo "-> $ended"
			;;
		esac
	done <"$1"
}

# Run the transcripts with the programs in the directory $1, in the directory $2.
with()
{
	program=$1 run=$2
	shift 2
	failed=0
	PATH=$program:$build/tests/cli/inspect/mkdump:$build:$PATH
	for transcript; do
		if [ ! -e "$kernels/built" ] && expr "${transcript##*/}" : kernel- >/dev/null; then
			echo "SKIP ${transcript##*/}: no kernels"
			continue
		fi
		rm -rf "$run"
		mkdir "$run"
		say_again "$transcript" "$run" >"$run.said"
		if [ -n "$update" ]; then
			cp "$run.said" "$transcript"
		elif diff -u "$transcript" "$run.said"; then
			echo "PASS ${program#"$build"} ${transcript##*/}"
		else
			echo "FAIL ${program#"$build"} ${transcript##*/}"
			failed=1
		fi
	done
	return $failed
}

# ./configure --disable-sanitizers builds none of the sanitized programs.
status=0 other=
if [ -z "$update" ] && [ -d "$build/tests/cli/$room/sanitized" ]; then
	with "$build/tests/cli/$room/sanitized" "$work/sanitized" "$@" >"$work/log" &
	other=$!
fi
with "$build" "$work/run" "$@" || status=1
if [ -n "$other" ]; then
	wait "$other" || status=1
	cat "$work/log"
fi
exit $status
