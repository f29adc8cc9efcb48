/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Polled output. The UART is left as the crashed kernel set it up: speed and format are right if it was that kernel's console.
 */
#include "uart.h"

#include "cpu.h"

/* 16550 registers from the base port. PC16550D, 8.0 */
#define UART_TRANSMIT	  0
#define UART_LINE_STATUS  5
#define LINE_STATUS_EMPTY 0x20u /* transmitter holding register empty */
#define LINE_STATUS_NONE  0xffu /* what reads when nobody answers */

/*
 * How long a byte may have to wait. At 9600 baud it is a millisecond; but a management controller or a hypervisor behind the
 * UART may have something else to do.
 */
#define BYTE_US 200000u
/* All bytes of a line together: the longest at 600 baud takes two seconds. */
#define LINE_US 2500000u

static void put(struct uart *uart, struct iq_io *io, uint64_t end, char byte)
{
	const uint64_t until = iq_min(io->now(io) + iq_ticks(io, BYTE_US), end);
	uint8_t status;

	if (!uart->port)
		return;
	/* Bound: relax() moves the clock on, whatever its counter does. */
	do {
		status = cpu_in8((uint16_t)(uart->port + UART_LINE_STATUS));
		if (status == LINE_STATUS_NONE)
			break;
		if (status & LINE_STATUS_EMPTY) {
			cpu_out8((uint16_t)(uart->port + UART_TRANSMIT), (uint8_t)byte);
			return;
		}
		io->relax(io);
	} while (io->now(io) < until);
	uart->port = 0;
}

void uart_line(struct uart *uart, struct iq_io *io, const char *line)
{
	const uint64_t end = io->now(io) + iq_ticks(io, LINE_US);

	while (*line)
		put(uart, io, end, *line++);
	put(uart, io, end, '\r');
	put(uart, io, end, '\n');
}
