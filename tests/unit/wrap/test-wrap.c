/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Wrapping: every field that depends on the payload's place or size is adjusted, unwrapping gives the kernel back, and later changes
 * of the image are found.
 */
#include "unit/core/cmocka-all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "boot/capture.h"
#include "crc32.h"
#include "kernel-image.h"

/* 4096 bytes of the front, 20480 of the test's plugin, and the area. */
#define SHIFT (4096u + 20480u + IQ_CAPTURE_AREA)

static struct kq_reason reason;

static void wrap(const struct kernel *kernel, struct kq_made *made, struct kq_bzimage *again)
{
	struct kq_bzimage image;

	assert_true(kq_bzimage_read(&image, kernel->bytes, kernel->size, &reason));
	if (!kq_wrap(&image, kernel_wrapping(), kernel_settings(), made, &reason))
		fail_msg("%s", reason.text);
	if (!kq_bzimage_read(again, made->bytes, made->size, &reason))
		fail_msg("%s", reason.text);
}

static void places_follow_the_payload(void **state)
{
	struct kernel kernel = kernel_make(true, true);
	struct kq_bzimage again;
	struct kq_made made;

	(void)state;
	wrap(&kernel, &made, &again);
	assert_int_equal(made.size, KERNEL_SETUP + KERNEL_PAYLOAD + SHIFT);
	assert_int_equal(again.payload_size, KERNEL_PAYLOAD + SHIFT);
	assert_int_equal(again.init_size, KERNEL_INIT_SIZE + 0x200000);
	assert_int_equal(again.signature_size, 0);
	assert_string_equal(again.version, "9.9.9-test");
#define SAME(offset) assert_int_equal(iq_le32(made.bytes + (offset)), kernel_get(&kernel, offset))
#define MOVED(offset) assert_int_equal(iq_le32(made.bytes + (offset)), kernel_get(&kernel, offset) + SHIFT)
	MOVED(KQ_SETUP_PAYLOAD_OFFSET);
	MOVED(KQ_SETUP_HANDOVER);
	MOVED(KQ_SETUP_KERNEL_INFO);
	SAME(0x24c);
	SAME(0x230);
	MOVED(KERNEL_OPTIONAL + KQ_PE_CODE_SIZE);
	MOVED(KERNEL_OPTIONAL + KQ_PE_ENTRY);
	MOVED(KERNEL_OPTIONAL + KQ_PE_IMAGE_SIZE);
	SAME(KERNEL_SECTIONS + KQ_SECTION_ADDRESS);
	SAME(KERNEL_SECTIONS + KQ_SECTION_BYTES);
	MOVED(KERNEL_COMPAT + 4);
	SAME(KERNEL_SECTIONS + 40 + KQ_SECTION_ADDRESS);
	SAME(KERNEL_SECTIONS + 40 + KQ_SECTION_OFFSET);
	MOVED(KERNEL_SECTIONS + 40 + KQ_SECTION_MEMORY);
	MOVED(KERNEL_SECTIONS + 40 + KQ_SECTION_BYTES);
	MOVED(KERNEL_SECTIONS + 80 + KQ_SECTION_ADDRESS);
	MOVED(KERNEL_SECTIONS + 80 + KQ_SECTION_OFFSET);
	SAME(KERNEL_SECTIONS + 80 + KQ_SECTION_BYTES);
	assert_memory_equal(made.bytes + KERNEL_SETUP + SHIFT, kernel.bytes + KERNEL_SETUP, KERNEL_PAYLOAD);
	free(made.bytes);
	free(kernel.bytes);
}

static void the_policy_travels_inside(void **state)
{
	struct kernel kernel = kernel_make(false, false);
	struct iq_rule rule[IQ_HANDOVER_RULES];
	struct kq_wrapped wrapped;
	struct kq_bzimage again;
	struct kq_made made;

	(void)state;
	wrap(&kernel, &made, &again);
	assert_int_equal(kq_wrap_look(&again, &wrapped, &reason), KQ_WRAPPED);
	assert_true(wrapped.sound);
	assert_int_equal(wrapped.front.init_size, KERNEL_INIT_SIZE);
	assert_int_equal(wrapped.front.shift, SHIFT);
	assert_string_equal(wrapped.front.producer, "test 1");
	assert_int_equal(wrapped.handover.flags, IQ_HANDOVER_IMAGE | IQ_HANDOVER_TRANSLATE | IQ_HANDOVER_VERBOSE);
	assert_int_equal(wrapped.handover.next, SHIFT - 4096 + 0x200);
	assert_int_equal(wrapped.handover.note, 20480);
	assert_int_equal(wrapped.handover.note_size, IQ_CAPTURE_AREA);
	assert_int_equal(wrapped.handover.clock.khz, 0);
	assert_int_equal(wrapped.handover.wait_us, 5000);
	assert_int_equal(wrapped.handover.total_us, 90000);
	assert_int_equal(wrapped.handover.console.kind, IQ_CONSOLE_8250_PORT);
	assert_int_equal(wrapped.handover.console.address, 0x2f8);
	assert_int_equal(iq_handover_rules(&wrapped.handover, rule), kernel_settings()->rules);
	assert_memory_equal(rule, kernel_settings()->rule, kernel_settings()->rules * sizeof(rule[0]));
	/* The memory between the plugin and the kernel is expected to be zero. */
	for (uint32_t i = KERNEL_SETUP + 4096 + 4096; i < KERNEL_SETUP + SHIFT; i++)
		assert_int_equal(made.bytes[i], 0);
	free(made.bytes);
	free(kernel.bytes);
}

static void a_large_alignment_costs_memory(void **state)
{
	struct kernel kernel = kernel_make(true, false);
	struct kq_bzimage again;
	struct kq_made made;

	(void)state;
	kernel_put(&kernel, 0x230, 4, 16 << 20);
	wrap(&kernel, &made, &again);
	assert_int_equal(again.init_size, KERNEL_INIT_SIZE + (16 << 20));
	free(made.bytes);
	free(kernel.bytes);
}

/* Wrap and unwrap @kernel; the result must be @expected. */
static void comes_back(const struct kernel *kernel, const struct kernel *expected)
{
	struct kq_made made, back;
	struct kq_wrapped wrapped;
	struct kq_bzimage again;

	wrap(kernel, &made, &again);
	assert_int_equal(kq_wrap_look(&again, &wrapped, &reason), KQ_WRAPPED);
	if (!kq_unwrap(&again, &wrapped, &back, &reason))
		fail_msg("%s", reason.text);
	assert_int_equal(back.size, expected->size);
	assert_memory_equal(back.bytes, expected->bytes, expected->size);
	free(back.bytes);
	free(made.bytes);
}

/* A signed kernel comes back without its signature, and its headers name none. */
static struct kernel without_signature(const struct kernel *kernel)
{
	struct kq_bzimage image;
	struct kernel bare;

	assert_true(kq_bzimage_read(&image, kernel->bytes, kernel->size, &reason));
	bare.size = image.size;
	bare.bytes = malloc(bare.size);
	memcpy(bare.bytes, kernel->bytes, bare.size);
	if (image.signature) {
		kernel_put(&bare, image.directories + 32, 8, 0);
		kernel_put(&bare, image.optional + KQ_PE_CHECKSUM, 4, 0);
	}
	return bare;
}

static void a_kernel_comes_back_byte_for_byte(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		struct kernel kernel = kernel_make(i > 0, i > 1), bare = without_signature(&kernel);

		comes_back(&kernel, &bare);
		free(bare.bytes);
		free(kernel.bytes);
	}
}

/* The other sections are left out, whatever they are: a capture kernel has an initrd and a command line of its own. */
static void a_unified_image_gives_its_kernel(void **state)
{
	struct kernel kernel = kernel_make(true, true), unified = kernel_unify(kernel_make(true, true), 0x400);
	struct kq_bzimage again;
	struct kq_made made, of_unified;

	(void)state;
	wrap(&kernel, &made, &again);
	wrap(&unified, &of_unified, &again);
	assert_false(again.unified);
	assert_int_equal(of_unified.size, made.size);
	assert_memory_equal(of_unified.bytes, made.bytes, made.size);
	free(of_unified.bytes);
	free(made.bytes);
	free(unified.bytes);
	free(kernel.bytes);
}

static void wrapping_twice_is_refused(void **state)
{
	struct kernel kernel = kernel_make(true, false);
	struct kq_made made, twice;
	struct kq_bzimage again;

	(void)state;
	wrap(&kernel, &made, &again);
	assert_false(kq_wrap(&again, kernel_wrapping(), kernel_settings(), &twice, &reason));
	assert_non_null(strstr(reason.text, "wrapped already, by test 1"));
	free(made.bytes);
	free(kernel.bytes);
}

static uint8_t *front_of(const struct kq_made *made)
{
	return made->bytes + KERNEL_SETUP + IQ_FRONT_OFFSET;
}

static void damage_is_noticed(void **state)
{
	struct kernel kernel = kernel_make(true, false);
	struct kq_wrapped wrapped;
	struct kq_bzimage again;
	struct kq_made made;

	(void)state;
	wrap(&kernel, &made, &again);
	assert_true(kq_wrap_carries(made.bytes + KERNEL_SETUP, made.size - KERNEL_SETUP));
	assert_false(kq_wrap_carries(made.bytes + KERNEL_SETUP, 4096 + 3000));
	assert_false(kq_wrap_carries(made.bytes + KERNEL_SETUP, 4095));
	made.bytes[KERNEL_SETUP + 4096 + 3000] ^= 1;
	assert_int_equal(kq_wrap_look(&again, &wrapped, &reason), KQ_WRAPPED);
	assert_false(wrapped.sound);
	assert_false(kq_wrap_carries(made.bytes + KERNEL_SETUP, made.size - KERNEL_SETUP));
	made.bytes[KERNEL_SETUP + 4096 + 3000] ^= 1;
	front_of(&made)[40] ^= 1;
	assert_int_equal(kq_wrap_look(&again, &wrapped, &reason), KQ_DAMAGED);
	assert_non_null(strstr(reason.text, "checksum"));
	free(made.bytes);
	free(kernel.bytes);
}

/* A front that @change has forged, with a right checksum, must be refused. */
static void forged(void (*change)(struct iq_front *front), const char *said)
{
	struct kernel kernel = kernel_make(true, false);
	struct kq_wrapped wrapped;
	struct kq_bzimage again;
	struct iq_front front;
	struct kq_made made;

	wrap(&kernel, &made, &again);
	memcpy(&front, front_of(&made), sizeof(front));
	change(&front);
	front.crc = 0;
	front.crc = iq_crc32(0, &front, sizeof(front));
	memcpy(front_of(&made), &front, sizeof(front));
	assert_int_equal(kq_wrap_look(&again, &wrapped, &reason), KQ_DAMAGED);
	if (!strstr(reason.text, said))
		fail_msg("\"%s\", expected \"%s\"", reason.text, said);
	free(made.bytes);
	free(kernel.bytes);
}

static void far_shift(struct iq_front *front) { front->shift = 0xfffff000; }
static void odd_shift(struct iq_front *front) { front->shift -= 16; }
static void many_edits(struct iq_front *front) { front->edits = 0xffffffff; }
static void far_edit(struct iq_front *front) { front->edit[0].offset = 0xfffffffe; }
static void edit_of_the_payload(struct iq_front *front) { front->edit[0].offset = KERNEL_SETUP - 2; }
static void wide_edit(struct iq_front *front) { front->edit[1].size = 9; }
static void large_plugin(struct iq_front *front) { front->plugin_size = front->shift; }
static void no_plugin(struct iq_front *front) { front->plugin_size = 8; }
static void other_version(struct iq_front *front) { front->version++; }

static void forged_fronts_are_refused(void **state)
{
	(void)state;
	forged(far_shift, "impossible sizes: shift 0xfffff000");
	forged(odd_shift, "impossible sizes");
	forged(many_edits, "impossible sizes");
	forged(large_plugin, "impossible sizes");
	forged(no_plugin, "impossible sizes");
	forged(far_edit, "edit 0 is outside of the setup");
	forged(edit_of_the_payload, "edit 0 is outside of the setup");
	forged(wide_edit, "edit 1 is outside of the setup");
	forged(other_version, "another version: front version 2");
}

static void a_foreign_plugin_is_not_put_in(void **state)
{
	struct kernel kernel = kernel_make(true, false);
	struct kq_wrapping wrapping = *kernel_wrapping();
	struct kq_bzimage image;
	struct kq_made made;

	(void)state;
	assert_true(kq_bzimage_read(&image, kernel.bytes, kernel.size, &reason));
	wrapping.plugin.size--;
	assert_false(kq_wrap(&image, &wrapping, kernel_settings(), &made, &reason));
	wrapping.plugin.size = 100;
	assert_false(kq_wrap(&image, &wrapping, kernel_settings(), &made, &reason));
	wrapping = *kernel_wrapping();
	wrapping.front.size++;
	assert_false(kq_wrap(&image, &wrapping, kernel_settings(), &made, &reason));
	free(kernel.bytes);
}

/* The kernels that tests/kernel-images prints. */
static void kernels_at_hand_come_back(void **state)
{
	const char *top = getenv("top_srcdir");
	char line[4096];
	unsigned int number = 0;
	FILE *images;

	(void)state;
	snprintf(line, sizeof(line), "'%s/tests/kernel-images'", top ? top : ".");
	images = popen(line, "r");
	assert_non_null(images);
	while (fgets(line, sizeof(line), images)) {
		struct kernel kernel, bare;

		line[strcspn(line, "\n")] = '\0';
		kernel = kernel_read(line);
		assert_non_null(kernel.bytes);
		print_message("%s\n", line);
		bare = without_signature(&kernel);
		comes_back(&kernel, &bare);
		number++;
		free(bare.bytes);
		free(kernel.bytes);
	}
	pclose(images);
	if (!number) {
		print_message("no kernel image at hand: `scripts/setup packages` fetches one\n");
		skip();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_follow_the_payload),
		cmocka_unit_test(the_policy_travels_inside),
		cmocka_unit_test(a_large_alignment_costs_memory),
		cmocka_unit_test(a_kernel_comes_back_byte_for_byte),
		cmocka_unit_test(a_unified_image_gives_its_kernel),
		cmocka_unit_test(wrapping_twice_is_refused),
		cmocka_unit_test(damage_is_noticed),
		cmocka_unit_test(forged_fronts_are_refused),
		cmocka_unit_test(a_foreign_plugin_is_not_put_in),
		cmocka_unit_test(kernels_at_hand_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
