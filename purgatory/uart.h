/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prints to an 8250 UART, for a human who watches a crash. The architecture supplies the access to the registers. Used by each
 * architecture's machine.c.
 */
#ifndef PURGATORY_UART_H
#define PURGATORY_UART_H

#include "boot/handover.h"

struct uart {
	uint32_t (*read)(const struct uart *uart, unsigned int reg);
	void (*write)(const struct uart *uart, unsigned int reg, uint32_t value);
	uint64_t address; /* of the first register */
	uint8_t width, shift; /* as in struct iq_console */
	bool gone; /* it does not answer, or a byte timed out: send nothing any more */
};

/* Map the registers of a UART that has them in memory (IQ_CONSOLE_8250_MEMORY), with @io. False if they cannot be mapped. */
bool uart_open(struct uart *uart, struct iq_io *io, const struct iq_console *console);
/*
 * Send @line and a line end. One byte waits 200 ms at most, the line 2.5 s, by the clock of @io. When a limit is reached, the UART is
 * given up: nothing is sent any more.
 */
void uart_line(struct uart *uart, struct iq_io *io, const char *line);

#endif
