/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which machines' kernels can be read, and which values x86-64 takes from vmcoreinfo.
 */
#include "dump/arch.h"
#include "kernel/machines.h"
#include "kernel/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <elf.h>
#include <string.h>

#include <cmocka.h>

extern const struct kernel_machine kernel_x86_64;

static struct vmcoreinfo info_of(const char *text)
{
	return (struct vmcoreinfo){ text, strlen(text) };
}

static void machines_have_one_name_whoever_says_it(void **state)
{
	static const struct {
		uint16_t machine;
		enum byte_order order;
		const char *name;
	} known[] = {
		{ EM_X86_64, ORDER_LITTLE, "x86_64" }, { EM_AARCH64, ORDER_LITTLE, "aarch64" },
		{ EM_PPC64, ORDER_LITTLE, "ppc64le" }, { EM_PPC64, ORDER_BIG, "ppc64" },
		{ EM_S390, ORDER_BIG, "s390x" },       { EM_RISCV, ORDER_LITTLE, "riscv64" },
	};

	(void)state;
	for (size_t i = 0; i < IQ_ARRAY_SIZE(known); i++) {
		const struct dump_arch a = dump_arch_by_machine(known[i].machine, known[i].order);
		const struct dump_arch b = dump_arch_by_name(known[i].name, 65, known[i].order);
		const struct dump_arch other = dump_arch_by_name(known[i].name, 65,
								 known[i].order == ORDER_BIG ? ORDER_LITTLE : ORDER_BIG);

		assert_string_equal(a.name, known[i].name);
		assert_true(dump_arch_same(&a, &b));
		assert_int_equal(other.machine, EM_NONE);
		assert_false(dump_arch_same(&a, &other));
	}
}

static void names_of_unknown_machines_are_kept_and_harmless(void **state)
{
	const struct dump_arch elf = dump_arch_by_machine(258, ORDER_LITTLE);
	const struct dump_arch uname = dump_arch_by_name("m\x1b[31m68k", 65, ORDER_BIG);
	const struct dump_arch none = dump_arch_by_name("", 65, ORDER_LITTLE);
	char name[65];
	struct dump_arch long_name;

	(void)state;
	memset(name, 'a', sizeof(name));
	long_name = dump_arch_by_name(name, sizeof(name), ORDER_LITTLE);
	assert_string_equal(elf.name, "ELF machine 258, little-endian");
	assert_string_equal(uname.name, "m??31m68k");
	assert_string_equal(none.name, "a machine without a name");
	assert_int_equal(strlen(long_name.name), sizeof(long_name.name) - 1);
}

static void a_machine_that_is_not_known_is_named(void **state)
{
	const struct dump_arch arch = dump_arch_by_machine(EM_PPC64, ORDER_BIG);
	const struct dump_arch wrong = dump_arch_by_machine(EM_X86_64, ORDER_BIG);
	const struct dump_arch right = dump_arch_by_machine(EM_X86_64, ORDER_LITTLE);
	struct kq_reason reason;

	(void)state;
	assert_null(kernel_machine_find(&arch, &reason));
	assert_non_null(strstr(reason.text, "ppc64"));
	assert_null(kernel_machine_find(&wrong, &reason));
	assert_non_null(strstr(reason.text, "ELF machine 62, big-endian"));
	assert_ptr_equal(kernel_machine_find(&right, &reason), &kernel_x86_64);
}

static void x86_64_wants_its_words_of_vmcoreinfo(void **state)
{
	static const char *const lacking[] = {
		"",
		"SYMBOL(swapper_pg_dir)=ffffffff82a10000\n",
		"NUMBER(phys_base)=0\n",
		"SYMBOL(swapper_pg_dir)=\nNUMBER(phys_base)=0\n",
		"SYMBOL(swapper_pg_dir)=ffffffff82a10000\nNUMBER(phys_base)=x\n",
	};
	struct vmcoreinfo info;
	struct kernel_memory kernel;
	struct kq_reason reason;

	(void)state;
	for (size_t i = 0; i < IQ_ARRAY_SIZE(lacking); i++) {
		info = info_of(lacking[i]);
		assert_false(kernel_memory_open(&kernel, &kernel_x86_64, NULL, &info, &reason));
		assert_non_null(strstr(reason.text, "swapper_pg_dir"));
	}
	info = info_of("SYMBOL(swapper_pg_dir)=ffffffff82a10000\nNUMBER(phys_base)=-16777216\n"
		       "NUMBER(pgtable_l5_enabled)=1\nNUMBER(sme_mask)=140737488355328\n");
	assert_true(kernel_memory_open(&kernel, &kernel_x86_64, NULL, &info, &reason));
	assert_int_equal(kernel.root.table, 0x1a10000);
	assert_int_equal(kernel.root.levels, 5);
	assert_int_equal(kernel.root.encryption, IQ_BIT(47));
}

static void the_bit_of_encrypted_memory_is_one_above_memory(void **state)
{
	static const struct {
		const char *text;
		uint64_t mask;
	} known[] = {
		{ "", 0 },
		{ "NUMBER(sme_mask)=0\n", 0 },
		{ "NUMBER(sme_mask)=0x800000000000\n", IQ_BIT(47) },
		{ "NUMBER(sme_mask)=2251799813685248\n", IQ_BIT(51) },
		{ "NUMBER(sme_mask)=0x10000000000000\n", 0 },
		{ "NUMBER(sme_mask)=0x80000000\n", 0 },
		{ "NUMBER(sme_mask)=0x600000000000\n", 0 },
		{ "NUMBER(sme_mask)=-1\n", 0 },
	};

	(void)state;
	for (size_t i = 0; i < IQ_ARRAY_SIZE(known); i++) {
		const struct vmcoreinfo info = info_of(known[i].text);

		assert_int_equal(kernel_x86_64.encryption(&info), known[i].mask);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(machines_have_one_name_whoever_says_it),
		cmocka_unit_test(names_of_unknown_machines_are_kept_and_harmless),
		cmocka_unit_test(a_machine_that_is_not_known_is_named),
		cmocka_unit_test(x86_64_wants_its_words_of_vmcoreinfo),
		cmocka_unit_test(the_bit_of_encrypted_memory_is_one_above_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
