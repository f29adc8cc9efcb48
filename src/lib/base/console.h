/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The console on which the plugin writes, as options, kdump-quiesce.conf(5) and show-image spell it.
 */
#ifndef KQ_CONSOLE_H
#define KQ_CONSOLE_H

#include <stdbool.h>

#include "boot/handover.h"

/* What is expected of a value, for messages. */
#define KQ_CONSOLE_WANTED "neither ttyS0 .. ttyS3, io,PORT, mmio,ADDRESS, mmio16,ADDRESS, mmio32,ADDRESS nor none"

/*
 * The console that @text names: ttyS0 .. ttyS3 (where a PC has them), PORT or io,PORT, mmio,ADDRESS and mmio16 or mmio32 with
 * registers of 16 or 32 bits, as the kernel's earlycon=uart8250, has them, or none. False if @text is nothing of that.
 */
bool kq_parse_console(const char *text, struct iq_console *console);
/* The value of --console. False, and said so, if it is wrong. */
bool kq_option_console(const char *text, struct iq_console *console);
/* @console as kq_parse_console() takes it; "none"; "unknown" for kinds that it does not know. Valid until the next call. */
const char *kq_console_text(const struct iq_console *console);

#endif
