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

/* A read of a port takes about a microsecond: 20 ms, ten times a byte at 9600 baud. */
#define POLLS_MAX 20000u

static void put(struct uart *uart, char byte)
{
	uint8_t status;

	if (!uart->port)
		return;
	for (unsigned int i = 0; i < POLLS_MAX; i++) {
		status = cpu_in8((uint16_t)(uart->port + UART_LINE_STATUS));
		if (status == LINE_STATUS_NONE)
			break;
		if (status & LINE_STATUS_EMPTY) {
			cpu_out8((uint16_t)(uart->port + UART_TRANSMIT), (uint8_t)byte);
			return;
		}
	}
	uart->port = 0;
}

void uart_line(struct uart *uart, const char *line)
{
	while (*line)
		put(uart, *line++);
	put(uart, '\r');
	put(uart, '\n');
}
