/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Configuration files are read as the shell reads them. Values that the shell would assign are known. Values that depend on commands
 * are reported as unclear, not guessed.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine/shell.h"

#define NONE ((const char *)-1)
#define UNCLEAR NULL

static struct kq_shell_file file;
static const char *files; /* the only file of the machine; NULL: nobody can tell what it has */

static bool has(const void *machine, const char *path)
{
	return !strcmp(path, machine);
}

static void read_text(const char *text, enum kq_shell shell)
{
	kq_shell_start(&file, "conf", shell, "K X USE_");
	file.has = files ? has : NULL;
	file.files = files;
	kq_shell_preset(&file, "PRESET", "before");
	kq_shell_read(&file, text);
}

/* The value of X after @text: a text, NONE or UNCLEAR. */
static void expect(const char *text, enum kq_shell shell, const char *expected)
{
	struct kq_reason reason = { "" };
	const char *value;
	enum kq_setting setting;

	read_text(text, shell);
	setting = kq_shell_value(&file, "X", &value, &reason);
	if (expected == UNCLEAR ? setting != KQ_SETTING_UNCLEAR || !strstr(reason.text, "conf:")
	    : expected == NONE	? setting != KQ_SETTING_NONE
				: setting != KQ_SETTING_KNOWN || strcmp(value, expected))
		fail_msg("%s: %d \"%s\" %s", text, setting, value, reason.text);
	kq_shell_free(&file);
}

/* A text, the value of X in both shells, and the value that must be read here. */
static const struct {
	const char *text, *expected;
} known[] = {
	{ "", NONE },
	{ "#X=1\n  # X=2\n", NONE },
	{ "X=", "" },
	{ "X=\"\"", "" },
	{ "X=a", "a" },
	{ "X=a#b # c", "a#b" },
	{ "  X=a\t;Y=b", "a" },
	{ "Y=b; X=a; Z=c", "a" },
	{ "Y=b X=a Z=c", "a" },
	{ "X=a\nX=b\n", "b" },
	{ "export X=a", "a" },
	{ "readonly X='a b' Y=c", "a b" },
	{ "X=a; export X", "a" },
	{ "X='a \"b\" $c \\'", "a \"b\" $c \\" },
	{ "X=\"a 'b' \\\"c\\\" \\$d \\\\ \\e\"", "a 'b' \"c\" $d \\ \\e" },
	{ "X=a\\ b\\\"", "a b\"" },
	{ "X='a'\"b\"c", "abc" },
	{ "X=\"a \\\nb\"", "a b" },
	{ "X=a\\\nb", "ab" },
	{ "\\\nX=a", "a" },
	{ "X='a\nb'", "a\nb" },
	{ "X=a\nX=\"$X b\"", "a b" },
	{ "X=a\nX=\"${X} b\"", "a b" },
	{ "Y=b\nX=$Y-$Y", "b-b" },
	{ "X=\"$PRESET x\"", "before x" },
	{ "X=\"$K_UNSET x\"", " x" },
	{ "X=${K_UNSET:-a b}", "a b" },
	{ "K=; X=${K-a}", "" },
	{ "K=; X=${K:-\"a  b\"}", "a  b" },
	{ "K=k; X=${K:+set}${K_UNSET+unset}", "set" },
	{ "K=k; X=${K:?wrong}", "k" },
	{ ": \"${X:=a}\"", "a" },
	{ "X=b\n: ${X:=a}", "b" },
	{ "X=a; unset X", NONE },
	{ "X=5$ ", "5$" },
	{ "X=a>/dev/null", "a" },
	{ "X=a 2>/dev/null", "a" },
	{ "X=a\r\n", "a\r" },
	{ "echo X=b\nX=a\ntest \"X=c\" ; ulimit -c 0", "a" },
	{ "@if ALL TRUE\nX=a\n@endif", "a" },
	{ "cat <<EOF\nX=b\nEOF\nX=a", "a" },
	{ "X=a\ncat <<-'E' >/dev/null\nX=b\n\tE\n", "a" },
	{ "X=a\nreturn\nX=b", "a" },
	{ "case $1 in\na) Y=1;;\n(b|c) ;;\nesac\nX=a", "a" },
	{ "if [ -e /x ]; then\n Y=1\nelse Y=2; fi\nX=a", "a" },
	{ "f() { X=b; }\nX=a", "a" },
	{ "f() { return; }\nX=a", "a" },
	{ "X=a && true", "a" },
	{ "true &&\n Y=b\nX=a", "a" },
	{ "X=a; (Y=b)", "a" },
	{ "X=${K_UNSET:-${K_UNSET:-b}}", "b" },
};

static void quotes_continuations_and_variables(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		expect(known[i].text, KQ_SHELL_DASH, known[i].expected);
		expect(known[i].text, KQ_SHELL_BASH, known[i].expected);
	}
}

/* The value of X after @text in @shell. The text is one of the table above, so it may be run. */
static void ask_shell(const char *shell, const char *text, const char *expected)
{
	char path[] = "/tmp/kdump-quiesce-test-XXXXXX", command[512], answer[512], wanted[512];
	const int fd = mkstemp(path);
	size_t length;
	FILE *pipe;

	assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	snprintf(command, sizeof(command), "unset X; %s -c '%s' sh %s", shell,
		 "PRESET=before; . \"$1\" >/dev/null 2>&1; printf \"<%s>\" \"${X-unset}\"", path);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	length = fread(answer, 1, sizeof(answer) - 1, pipe);
	answer[length] = 0;
	pclose(pipe);
	unlink(path);
	snprintf(wanted, sizeof(wanted), "<%s>", expected == NONE ? "unset" : expected);
	if (strcmp(answer, wanted))
		fail_msg("%s: %s: %s instead of %s", shell, text, answer, wanted);
}

/* The table agrees with real shells. */
static void real_shells_agree(void **state)
{
	static const char *const shells[] = { "/bin/dash", "/bin/bash" };

	(void)state;
	for (size_t shell = 0; shell < 2; shell++)
		for (size_t i = 0; !access(shells[shell], X_OK) && i < sizeof(known) / sizeof(known[0]); i++)
			ask_shell(shells[shell], known[i].text, known[i].expected);
}

static void values_that_depend_on_commands_are_unclear(void **state)
{
	static const char *const cases[] = {
		"X=$(uname -r)", "X=`uname -r`", "X=\"a $(echo \")\" 'b)') c\"", "X=$((1 + 2))", "X=$HOME/x", "X=~/x", "X=a:~", "X=${HOME:-/root}",
		"X=$1", "X=$?", "X=${#K}", "X=${K%b}", "X=(a b)", "X[0]=a", "X=(a\nb)",
		"[ -e /x ] && X=a", "true || X=a", "if true; then X=a; fi", "while false\ndo X=a\ndone", "for X in a b; do :; done",
		"case a in\n a) X=a ;; esac", "(X=a)", "{ X=a; }", "f() { X=a; }", "X=a | cat", "X=a &", "true &&\nX=a",
		"X=a true", "read X", "read -r Y X </x", "getopts a X",
		"X=a\n. /etc/x", "X=a\nsource /x", "X=a\neval Y=b", "X=a\n$K", "X=a\nf() { X=b; }\nf", "X=a\nexit 0", "X=a\ntrue && return",
		"X=a\nfi", "X=a\nif true", "X='a", "X=\"a", "X=a\n)", "X=a\nY=\"", "X=$(a", "X=${K", "X=a\nY=`b", "X=a\nY=${K:-a",
		"Y=$(a)\nX=$Y", "Y=$(a)\nX=\"a ${Y:-b}\"", "Y=$(a)\n: ${X:=$Y}", "X=${K_UNSET:?no}", "true && unset X", "true && return\nX=a", "Y=;;\nX=a", "X=a\nif true; then\nfi", "X=$K\\\nb",
		"cat <<E\n${X:=a}\nE",
	};
	static const char *const more[] = { ". /x\nX=a", "eval x\nX=a", "[ -e /x ] && X=b\nX=a", "X=$(b)\nX=a" };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		expect(cases[i], KQ_SHELL_DASH, UNCLEAR);
		expect(cases[i], KQ_SHELL_BASH, UNCLEAR);
	}
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		expect(more[i], KQ_SHELL_BASH, "a");
}

static void shells_differ(void **state)
{
	(void)state;
	expect("X=a\nX+=b", KQ_SHELL_BASH, "ab");
	expect("X+=b", KQ_SHELL_BASH, "b");
	expect("eval X=a\nX+=b", KQ_SHELL_BASH, UNCLEAR);
	expect("X=a\n((Y > 1)) && Z=1", KQ_SHELL_BASH, "a");
	expect("X=a\n((X = 1))", KQ_SHELL_BASH, UNCLEAR);
	expect("X=a\nX+=b", KQ_SHELL_DASH, UNCLEAR);
	expect("declare -x X=a", KQ_SHELL_BASH, "a");
	expect("declare -i X=a", KQ_SHELL_BASH, UNCLEAR);
	expect("X=$'a'", KQ_SHELL_BASH, UNCLEAR);
	expect("X=$'a'", KQ_SHELL_DASH, "$a");
	expect("[[ -e /x && -n $y ]] && X=a", KQ_SHELL_BASH, UNCLEAR);
	expect("X=a\n[[ $y =~ (a|b) ]] || Y=1", KQ_SHELL_BASH, "a");
	expect("function f { X=b; }\nX=a", KQ_SHELL_BASH, "a");
	expect("function f { X=b; }\nX=a\nf", KQ_SHELL_BASH, UNCLEAR);
	expect("X=a\nwhile read l; do Y=$l; done < <(cat /x)", KQ_SHELL_BASH, "a");
	expect("X=a &>/dev/null", KQ_SHELL_BASH, "a");
}

static void reasons_name_file_and_line(void **state)
{
	struct kq_reason reason;
	const char *value;

	(void)state;
	read_text("# a\nY='\n\n'\nX=$(b) # c\n", KQ_SHELL_BASH);
	assert_int_equal(kq_shell_value(&file, "X", &value, &reason), KQ_SETTING_UNCLEAR);
	assert_string_equal(reason.text, "conf:5: X holds the output of a command");
	assert_true(kq_shell_more(&file, &reason));
	assert_string_equal(reason.text, "conf:5: this is more than an assignment");
	kq_shell_free(&file);

	read_text("X=a\nif true\nthen\nY=b\nfi\n. /x\n", KQ_SHELL_BASH);
	assert_int_equal(kq_shell_value(&file, "X", &value, &reason), KQ_SETTING_UNCLEAR);
	assert_string_equal(reason.text, "conf:6: X may be set by another file, which is read there");
	assert_int_equal(kq_shell_value(&file, "K", &value, &reason), KQ_SETTING_UNCLEAR);
	assert_true(kq_shell_more(&file, &reason));
	assert_memory_equal(reason.text, "conf:2: ", 8);
	kq_shell_free(&file);

	read_text("X=a\nY=\"$X b\"\n", KQ_SHELL_BASH);
	assert_false(kq_shell_more(&file, &reason));
	kq_shell_free(&file);
}

static char *plain(const char *name, const char *value)
{
	(void)name;
	return strdup(value);
}

/* Assignments that are written give the same values when they are read. */
static void written_files_say_the_same(void **state)
{
	static const char *const cases[] = {
		"\nX='a'\\''b'\n\n# c\nY=\"$X\"", "X=$(b)", "Z=$(b)\n\nX=$Z\nY=c", "[ -e /x ] && X=a", "X=a\n. /x\nY=b", "X=a\neval b\nX=c",
		"X=(a)", "X=a\nX+=b", "read X", "X=a b", "X=~", "X=$$", "X=a\nexit", "X=a\nfi", "unset X PRESET", "logger b\nX=a", "X='",
		"if true; then\n:; fi\nX=a", "X=a\nreturn\nX=b",
	};
	static const char *const names[] = { "X", "Y", "PRESET" };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct kq_reason before, after;
		struct kq_shell_file first;
		char *written = NULL;
		const char *was, *is;
		size_t length;
		FILE *out = open_memstream(&written, &length);

		read_text(cases[i], KQ_SHELL_DASH);
		first = file;
		kq_shell_write(&first, " X Y PRESET ", out, plain);
		fclose(out);
		read_text(written, KQ_SHELL_DASH);
		for (size_t name = 0; name < sizeof(names) / sizeof(names[0]); name++) {
			before = after = (struct kq_reason){ "" };
			if (kq_shell_value(&first, names[name], &was, &before) !=
				    kq_shell_value(&file, names[name], &is, &after) ||
			    strcmp(was, is) || strcmp(before.text, after.text))
				fail_msg("%s\n%s\n%s: \"%s\" \"%s\" %s, %s", cases[i], written, names[name], was, is,
					 before.text, after.text);
		}
		before = after = (struct kq_reason){ "" };
		if (kq_shell_more(&first, &before) != kq_shell_more(&file, &after) || strcmp(before.text, after.text))
			fail_msg("%s\n%s\n%s, %s", cases[i], written, before.text, after.text);
		kq_shell_free(&first);
		kq_shell_free(&file);
		free(written);
	}
}

static void limits_end_in_doubt(void **state)
{
	char *text = malloc(400000), *at = text;

	(void)state;
	at += sprintf(at, "X=0123456789\n");
	for (unsigned int i = 0; i < 100; i++)
		at += sprintf(at, "X=\"$X$X\"\n");
	expect(text, KQ_SHELL_BASH, UNCLEAR);
	at = text;
	for (unsigned int i = 0; i < 10000; i++)
		at += sprintf(at, "A%u=1\n", i);
	at += sprintf(at, "X=a\n");
	expect(text, KQ_SHELL_BASH, UNCLEAR);
	memset(text, '(', 399999);
	text[399999] = 0;
	expect(text, KQ_SHELL_BASH, UNCLEAR);
	at = text;
	for (unsigned int i = 0; i < 50000; i++)
		at += sprintf(at, i ? "${K:-" : "X=${K:-");
	expect(text, KQ_SHELL_BASH, UNCLEAR);
	free(text);
}

/* Tests for a file: X where the file is there, and where it is not. */
static void an_assignment_behind_a_test_for_a_file_is_known_where_files_can_be_asked(void **state)
{
	static const struct {
		const char *text, *there, *elsewhere;
	} guarded[] = {
		{ "[ ! -x /there ] || X=a", "a", NONE },
		{ "[ -e /there ] && X=a", "a", NONE },
		{ "[ ! -e /there ] && X=a", NONE, "a" },
		{ "X=b\n[ ! -x /there ] || X=a\nY=c", "a", "b" },
		{ "X=b\n[ -x /there ] && X=\"a; $X\" # behind it is more\n", UNCLEAR, UNCLEAR },
		{ "X=b\n[ ! -x /there ] || X=\"a${X:+; $X}\"\n", "a; b", "b" },
		{ "[ ! -x /there ] || X=a; Y=b", UNCLEAR, UNCLEAR },
		{ "[ ! -x /there ] || X='a'", UNCLEAR, UNCLEAR },
		{ "[ ! -x /there ] || [ -e /there ] || X=a", UNCLEAR, UNCLEAR },
		{ "[ ! -x $HOME ] || X=a", UNCLEAR, UNCLEAR },
		{ "[ ! -w /there ] || X=a", UNCLEAR, UNCLEAR },
		{ "[ ! -x there ] || X=a", UNCLEAR, UNCLEAR },
		{ "if :; then [ ! -x /there ] || X=a\nfi", UNCLEAR, UNCLEAR },
	};

	for (size_t i = 0; i < sizeof(guarded) / sizeof(guarded[0]); i++) {
		files = "/there";
		expect(guarded[i].text, KQ_SHELL_BASH, guarded[i].there);
		files = "/elsewhere";
		expect(guarded[i].text, KQ_SHELL_DASH, guarded[i].elsewhere);
		files = NULL;
		expect(guarded[i].text, KQ_SHELL_DASH, UNCLEAR);
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quotes_continuations_and_variables),
		cmocka_unit_test(real_shells_agree),
		cmocka_unit_test(values_that_depend_on_commands_are_unclear),
		cmocka_unit_test(shells_differ),
		cmocka_unit_test(reasons_name_file_and_line),
		cmocka_unit_test(written_files_say_the_same),
		cmocka_unit_test(limits_end_in_doubt),
		cmocka_unit_test(an_assignment_behind_a_test_for_a_file_is_known_where_files_can_be_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
