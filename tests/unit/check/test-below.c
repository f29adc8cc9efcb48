/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is below the root of another machine leads to no place outside of it, and nothing that is opened there can hang; with openat2(2)
 * and by hand.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/below.h"
#include "unit/check/machine-root.h"

typedef int opener(const char *root, const char *path, int flags);

static opener *const openers[] = { kq_below_open, kq_below_open_by_hand };

/* The first bytes of @path as @open finds it; "" if it is not opened, with errno. */
static const char *text_at(opener *open, const char *path)
{
	static char text[64];
	const int file = open(machine.root, path, O_RDONLY);
	ssize_t got;

	text[0] = 0;
	if (file < 0)
		return text;
	got = read(file, text, sizeof(text) - 1);
	text[got < 0 ? 0 : got] = 0;
	close(file);
	return text;
}

/* Run @test with a machine in which @link leads to @target, and with each opener. */
static void each(const char *link, const char *target, void (*test)(opener *open))
{
	machine_link(link, target);
	for (size_t i = 0; i < sizeof(openers) / sizeof(openers[0]); i++)
		test(openers[i]);
}

static void leads_inside(opener *open)
{
	assert_string_equal(text_at(open, "/a/link"), "inside");
	assert_string_equal(text_at(open, "a/link"), "inside");
	assert_string_equal(text_at(open, "/a/../../../a/./link"), "inside");
}

static void test_links_are_resolved_below_the_root(void **state)
{
	(void)state;
	machine_text("/etc/hostname", "inside");
	each("/a/link", "/etc/hostname", leads_inside);
}

static void test_dots_do_not_leave_the_root(void **state)
{
	(void)state;
	machine_text("/etc/hostname", "inside");
	each("/a/link", "../../../../../../../../etc/hostname", leads_inside);
}

static void test_directories_that_are_links_stay_inside_too(void **state)
{
	(void)state;
	machine_text("/etc/hostname", "inside");
	machine_link("/up", "x/../../..");
	machine_link("/x", "/etc/..");
	each("/a/link", "/up/etc/hostname", leads_inside);
}

static void leads_nowhere(opener *open)
{
	assert_string_equal(text_at(open, "/a/link"), "");
	assert_int_equal(errno, ENOENT);
}

static void test_files_outside_are_not_there(void **state)
{
	char outside[128];

	(void)state;
	snprintf(outside, sizeof(outside), "%s/etc/hostname", machine.root);
	machine_text("/etc/hostname", "inside");
	each("/a/link", outside, leads_nowhere);
}

static void goes_in_circles(opener *open)
{
	assert_string_equal(text_at(open, "/a/link"), "");
	assert_int_equal(errno, ELOOP);
}

static void test_circles_end(void **state)
{
	(void)state;
	each("/a/link", "../a/link", goes_in_circles);
}

static void is_no_file(opener *open)
{
	int place;

	assert_string_equal(text_at(open, "/a/link"), "");
	assert_int_equal(errno, ENXIO);
	place = open(machine.root, "/a/link", O_PATH);
	assert_true(place >= 0);
	close(place);
}

/* Without the look at what it is, opening waits for the other end. */
static void test_fifo_is_not_opened(void **state)
{
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/fifo", machine.root);
	assert_false(mkfifo(path, 0600));
	alarm(60);
	each("/a/link", "/fifo", is_no_file);
	alarm(0);
}

static void shows_the_link(opener *open)
{
	const int place = open(machine.root, "/a/link", O_PATH | O_NOFOLLOW);
	char target[32] = "";

	assert_true(place >= 0);
	assert_true(readlinkat(place, "", target, sizeof(target) - 1) > 0);
	assert_string_equal(target, "/nowhere");
	close(place);
}

static void test_a_link_itself_can_be_looked_at(void **state)
{
	(void)state;
	each("/a/link", "/nowhere", shows_the_link);
}

static void is_written_inside(opener *open)
{
	const int file = open(machine.root, "/a/link", O_WRONLY | O_TRUNC);

	assert_true(file >= 0);
	assert_int_equal(write(file, "new", 3), 3);
	close(file);
	assert_string_equal(text_at(open, "/etc/hostname"), "new");
}

static void test_writing_stays_inside(void **state)
{
	(void)state;
	machine_text("/etc/hostname", "inside");
	each("/a/link", "../../../etc/hostname", is_written_inside);
}

static char seen[256];

static void note(const char *link)
{
	snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%s ", link);
}

static void test_the_way_of_a_path_is_told(void **state)
{
	char resolved[PATH_MAX];

	(void)state;
	seen[0] = 0;
	machine_text("/etc/hostname", "inside");
	machine_link("/lib", "usr/lib");
	machine_link("/usr/lib/last", "../../etc/./hostname");
	assert_true(kq_below_resolve(machine.root, "/lib/last", true, resolved, note));
	assert_string_equal(resolved, "/etc/hostname");
	assert_string_equal(seen, "/lib /usr/lib/last ");
	assert_true(kq_below_resolve(machine.root, "/lib/last", false, resolved, NULL));
	assert_string_equal(resolved, "/usr/lib/last");
	assert_true(kq_below_resolve(machine.root, "/../..//", true, resolved, NULL));
	assert_string_equal(resolved, "/");
}

static void test_nothing_goes_back_from_what_is_no_directory(void **state)
{
	static const char *const paths[] = { "/nowhere/../etc/hostname", "/etc/hostname/../hostname", "/etc/hostname/." };
	char resolved[PATH_MAX];

	(void)state;
	machine_text("/etc/hostname", "inside");
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		for (size_t n = 0; n < sizeof(openers) / sizeof(openers[0]); n++)
			assert_true(openers[n](machine.root, paths[i], O_RDONLY) < 0);
		assert_false(kq_below_resolve(machine.root, paths[i], true, resolved, NULL));
	}
}

static void test_paths_that_are_too_long_are_refused(void **state)
{
	static char path[2 * PATH_MAX], resolved[PATH_MAX];

	(void)state;
	memset(path, 'a', sizeof(path) - 1);
	path[0] = '/';
	for (size_t i = 0; i < sizeof(openers) / sizeof(openers[0]); i++) {
		assert_true(openers[i](machine.root, path, O_RDONLY) < 0);
		assert_int_equal(errno, ENAMETOOLONG);
	}
	assert_false(kq_below_resolve(machine.root, path, true, resolved, NULL));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, machine_make, machine_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_links_are_resolved_below_the_root),
		TEST(test_dots_do_not_leave_the_root),
		TEST(test_directories_that_are_links_stay_inside_too),
		TEST(test_files_outside_are_not_there),
		TEST(test_circles_end),
		TEST(test_fifo_is_not_opened),
		TEST(test_a_link_itself_can_be_looked_at),
		TEST(test_writing_stays_inside),
		TEST(test_the_way_of_a_path_is_told),
		TEST(test_nothing_goes_back_from_what_is_no_directory),
		TEST(test_paths_that_are_too_long_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
