/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The error handler jumps out of libpci: it must not return.
 */
#include "pci-guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <pci/pci.h>

static jmp_buf failed;
static struct kq_reason *why;

static void on_error(char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

static void on_error(char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why->text, sizeof(why->text), format, arguments);
	va_end(arguments);
	longjmp(failed, 1);
}

static void on_warning(char *format, ...)
{
	(void)format;
}

bool kq_pci_guard(struct pci_access *access, void (*step)(struct pci_access *access, void *context), void *context,
		  struct kq_reason *reason)
{
	access->error = on_error;
	access->warning = on_warning;
	why = reason;
	if (setjmp(failed))
		return false;
	step(access, context);
	return true;
}
