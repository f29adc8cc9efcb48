/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A write to sysfs ends in time: it succeeds, fails with its reason, or is given up if the kernel never answers.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/check/machine-root.h"
#include "poke.h"

static struct kq_reason reason;
static const struct kq_host here = { "" };

static void test_bytes_are_where_they_belong(void **state)
{
	char *text;

	(void)state;
	machine_text("/file", "abcdef");
	assert_true(poke(&machine, "/file", NULL, 2, "XY", 2, 10, &reason));
	text = kq_host_read(&machine, "/file", 64, NULL);
	assert_string_equal(text, "abXYef");
	free(text);
}

static void test_error_of_the_kernel_is_told(void **state)
{
	(void)state;
	assert_false(poke(&machine, "/missing", NULL, 0, "1", 1, 10, &reason));
	assert_string_equal(reason.text, "No such file or directory");
	assert_false(poke(&here, "/dev/full", NULL, 0, "1", 1, 10, &reason));
	assert_string_equal(reason.text, "No space left on device");
}

static void test_nothing_is_written_where_it_must_not_be(void **state)
{
	char *text;

	(void)state;
	machine_text("/file", "abcdef");
	machine_link("/driver", "nowhere");
	assert_true(poke(&machine, "/file", "/no-driver", 0, "A", 1, 10, &reason));
	errno = 0;
	assert_false(poke(&machine, "/file", "/driver", 0, "X", 1, 10, &reason));
	assert_int_equal(errno, EBUSY);
	text = kq_host_read(&machine, "/file", 64, NULL);
	assert_string_equal(text, "Abcdef");
	free(text);
}

/* Opening a FIFO that nobody reads never returns. */
static void test_kernel_that_does_not_answer_is_left(void **state)
{
	char path[256];

	(void)state;
	snprintf(path, sizeof(path), "%s/fifo", machine.root);
	assert_false(mkfifo(path, 0600));
	assert_false(poke(&here, path, NULL, 0, "1", 1, 1, &reason));
	assert_string_equal(reason.text, "not over after 1 s");
	/* Below another machine's root it is no file at all. */
	assert_false(poke(&machine, "/fifo", NULL, 0, "1", 1, 1, &reason));
	assert_string_equal(reason.text, "No such device or address");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes_are_where_they_belong),
		cmocka_unit_test(test_error_of_the_kernel_is_told),
		cmocka_unit_test(test_nothing_is_written_where_it_must_not_be),
		cmocka_unit_test(test_kernel_that_does_not_answer_is_left),
	};

	return cmocka_run_group_tests(tests, machine_make, machine_remove);
}
