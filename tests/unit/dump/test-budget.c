/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One account for a run: what several files or segments take adds up. Time that is over ends reading, of notes too.
 */
#include "base/budget.h"

#include "dump/notes.h"

#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#define HOUR   3600u
#define NOTES  4096u /* offset of the notes in the file */
#define LENGTH 1024u

static int setup(void **state)
{
	(void)state;
	kq_budget_start();
	return 0;
}

static void what_is_taken_adds_up(void **state)
{
	const uint64_t limit = kq_budget_limit(KQ_BUDGET_NOTE_BYTES);
	struct kq_reason reason;

	(void)state;
	assert_true(kq_budget_take(KQ_BUDGET_NOTE_BYTES, limit - 10, &reason));
	assert_int_equal(kq_budget_left(KQ_BUDGET_NOTE_BYTES), 10);
	assert_false(kq_budget_take(KQ_BUDGET_NOTE_BYTES, 11, &reason));
	assert_string_equal(reason.text, "more bytes of notes than 67108864: --limit note-bytes=NUMBER allows more");
	assert_true(kq_budget_take(KQ_BUDGET_NOTE_BYTES, 10, &reason));
	assert_false(kq_budget_take(KQ_BUDGET_NOTE_BYTES, UINT64_MAX, &reason));
	assert_int_equal(kq_budget_left(KQ_BUDGET_NOTES), kq_budget_limit(KQ_BUDGET_NOTES));
}

static void an_option_raises_a_limit(void **state)
{
	const uint64_t limit = kq_budget_limit(KQ_BUDGET_PAIRS);
	struct kq_reason reason;

	(void)state;
	assert_true(kq_budget_option("pairs=3M"));
	assert_int_equal(kq_budget_limit(KQ_BUDGET_PAIRS), 3 << 20);
	assert_true(kq_budget_take(KQ_BUDGET_PAIRS, 3 << 20, &reason));
	kq_budget_set(KQ_BUDGET_PAIRS, limit);
}

/* An ELF core with @count program headers of notes, number i of them at NOTES + i * @step. */
static struct source *dump(unsigned int count, uint64_t step)
{
	const int fd = memfd_create("dump", 0);
	Elf64_Ehdr header = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
			      .e_type = ET_CORE,
			      .e_machine = EM_X86_64,
			      .e_phoff = sizeof(header),
			      .e_phentsize = sizeof(Elf64_Phdr),
			      .e_phnum = (Elf64_Half)count };
	char path[32], *paths[] = { path };
	struct kq_reason reason;
	struct source *source;

	assert_int_equal(pwrite(fd, &header, sizeof(header), 0), sizeof(header));
	for (unsigned int i = 0; i < count; i++) {
		const Elf64_Phdr segment = { .p_type = PT_NOTE, .p_offset = NOTES + i * step, .p_filesz = LENGTH };

		assert_int_equal(pwrite(fd, &segment, sizeof(segment), (off_t)(sizeof(header) + i * sizeof(segment))),
				 sizeof(segment));
	}
	assert_int_equal(ftruncate(fd, (off_t)(NOTES + count * step + LENGTH)), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	source = source_open(source_only_elf, paths, 1, false, &reason);
	assert_non_null(source);
	close(fd);
	return source;
}

static enum notes_answer look(struct source *source, struct kq_reason *reason)
{
	void *bytes = NULL;
	size_t size;
	const enum notes_answer answer = notes_find(source, "CORE", 1, &bytes, &size, reason);

	free(bytes);
	return answer;
}

static void notes_are_taken_once_however_often_they_are_looked_at(void **state)
{
	const uint64_t limit = kq_budget_limit(KQ_BUDGET_NOTE_BYTES);
	struct source *source = dump(40, LENGTH);
	struct kq_reason reason;

	(void)state;
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(look(source, &reason), NOTES_NONE);
	assert_int_equal(kq_budget_left(KQ_BUDGET_NOTE_BYTES), limit - 40 * LENGTH);
	source_close(source);
}

static void notes_of_one_place_are_taken_once(void **state)
{
	const uint64_t limit = kq_budget_limit(KQ_BUDGET_NOTE_BYTES);
	struct source *source = dump(40, 0);
	const struct notes_span *span;
	struct kq_reason reason;
	size_t count;

	(void)state;
	assert_true(notes_spans(source, &span, &count, &reason));
	assert_int_equal(count, 1);
	assert_int_equal(kq_budget_left(KQ_BUDGET_NOTE_BYTES), limit - LENGTH);
	source_close(source);
}

static void the_notes_of_several_dumps_add_up(void **state)
{
	const uint64_t limit = kq_budget_limit(KQ_BUDGET_NOTE_BYTES);
	struct source *one = dump(2, LENGTH), *other = dump(2, LENGTH);
	struct kq_reason reason;

	(void)state;
	kq_budget_set(KQ_BUDGET_NOTE_BYTES, 3 * LENGTH);
	assert_int_equal(look(one, &reason), NOTES_NONE);
	assert_int_equal(look(other, &reason), NOTES_DAMAGED);
	kq_budget_set(KQ_BUDGET_NOTE_BYTES, limit);
	source_close(one);
	source_close(other);
}

static void time_that_is_over_ends_the_reading_of_notes(void **state)
{
	struct source *source = dump(2, LENGTH);
	struct kq_reason reason;

	(void)state;
	kq_budget_time(HOUR);
	assert_false(kq_budget_late());
	assert_int_equal(look(source, &reason), NOTES_NONE);
	kq_budget_time(0);
	assert_true(kq_budget_late());
	assert_int_equal(look(source, &reason), NOTES_DAMAGED);
	assert_string_equal(reason.text, "out of time after 0 s: --timeout SECONDS allows more");
	source_close(source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_is_taken_adds_up, setup),
		cmocka_unit_test_setup(an_option_raises_a_limit, setup),
		cmocka_unit_test_setup(notes_are_taken_once_however_often_they_are_looked_at, setup),
		cmocka_unit_test_setup(notes_of_one_place_are_taken_once, setup),
		cmocka_unit_test_setup(the_notes_of_several_dumps_add_up, setup),
		cmocka_unit_test_setup(time_that_is_over_ends_the_reading_of_notes, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
