/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An 8250 UART at an I/O port, for a human who watches a crash. Used by machine.c.
 */
#ifndef PURGATORY_X86_64_UART_H
#define PURGATORY_X86_64_UART_H

#include "io.h"

struct uart {
	uint16_t port; /* 0: none, or given up */
};

/*
 * Send @line and a line end. A byte waits 200 ms at most by the clock of @io, all together 2.5 s; when that runs out nothing is
 * sent any more.
 */
void uart_line(struct uart *uart, struct iq_io *io, const char *line);

#endif
