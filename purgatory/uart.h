/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An 8250 UART, for a human who watches a crash. How its registers are reached is the architecture's to say. Used by each
 * architecture's machine.c.
 */
#ifndef PURGATORY_UART_H
#define PURGATORY_UART_H

#include "boot/handover.h"

struct uart {
	/* Register @reg. */
	uint32_t (*read)(const struct uart *uart, unsigned int reg);
	void (*write)(const struct uart *uart, unsigned int reg, uint32_t value);
	uint64_t address; /* of the first register */
	uint8_t width, shift; /* as in struct iq_console */
	bool gone; /* given up */
};

/* Reach a UART whose registers lie in memory (IQ_CONSOLE_8250_MEMORY) through @io. False if they cannot be mapped. */
bool uart_open(struct uart *uart, struct iq_io *io, const struct iq_console *console);
/*
 * Send @line and a line end. A byte waits 200 ms at most by the clock of @io, all together 2.5 s; when that runs out nothing is
 * sent any more.
 */
void uart_line(struct uart *uart, struct iq_io *io, const char *line);

#endif
