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

# Print the transcript $1 with the present output of its commands.
say_again()
{
	while IFS= read -r line; do
		case $line in
		'## '*) printf '%s\n' "$line" ;;
		'$ '*)
			printf '%s\n' "$line"
			(cd "$work/run" && sh -c "${line#\$ }" 2>&1) </dev/null
			status=$?
			[ $status -eq 0 ] || echo "-> $status"
			;;
		esac
	done <"$1"
}

failed=0
for program in "$build/tests/cli/$room/sanitized" "$build"; do
	for transcript; do
		if [ ! -e "$kernels/built" ] && expr "${transcript##*/}" : kernel- >/dev/null; then
			echo "SKIP ${transcript##*/}: no kernels"
			continue
		fi
		rm -rf "$work/run"
		mkdir "$work/run"
		PATH=$program:$build/tests/cli/inspect/mkdump:$build:$PATH say_again "$transcript" >"$work/said"
		if [ -n "$update" ]; then
			cp "$work/said" "$transcript"
		elif diff -u "$transcript" "$work/said"; then
			echo "PASS ${program#"$build"} ${transcript##*/}"
		else
			echo "FAIL ${program#"$build"} ${transcript##*/}"
			failed=$((failed + 1))
		fi
	done
done
exit $((failed > 0))
