/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Polled output. The UART is left as the crashed kernel set it up: speed and format are right if it was that kernel's console.
 */
#include "uart.h"

/* 16550 registers. PC16550D, 8.0 */
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

static volatile void *register_at(const struct uart *uart, unsigned int reg)
{
	return (volatile void *)(uintptr_t)(uart->address + (reg << uart->shift));
}

static uint32_t read_memory(const struct uart *uart, unsigned int reg)
{
	const volatile void *at = register_at(uart, reg);

	if (uart->width == 4)
		return *(const volatile uint32_t *)at;
	return uart->width == 2 ? *(const volatile uint16_t *)at : *(const volatile uint8_t *)at;
}

static void write_memory(const struct uart *uart, unsigned int reg, uint32_t value)
{
	volatile void *at = register_at(uart, reg);

	if (uart->width == 4)
		*(volatile uint32_t *)at = value;
	else if (uart->width == 2)
		*(volatile uint16_t *)at = (uint16_t)value;
	else
		*(volatile uint8_t *)at = (uint8_t)value;
}

bool uart_open(struct uart *uart, struct iq_io *io, const struct iq_console *console)
{
	*uart = (struct uart){ .read = read_memory, .write = write_memory, .address = console->address,
			       .width = console->width, .shift = console->shift };
	return io->map_registers(io, console->address, IQ_CONSOLE_REGISTERS << console->shift) == IQ_OK;
}

static void put(struct uart *uart, struct iq_io *io, uint64_t end, char byte)
{
	const uint64_t until = iq_min(io->now(io) + iq_ticks(io, BYTE_US), end);
	uint8_t status;

	if (uart->gone)
		return;
	/* Bound: relax() moves the clock on, whatever its counter does. */
	do {
		status = (uint8_t)uart->read(uart, UART_LINE_STATUS);
		if (status == LINE_STATUS_NONE)
			break;
		if (status & LINE_STATUS_EMPTY) {
			uart->write(uart, UART_TRANSMIT, (uint8_t)byte);
			return;
		}
		io->relax(io);
	} while (io->now(io) < until);
	uart->gone = true;
}

void uart_line(struct uart *uart, struct iq_io *io, const char *line)
{
	const uint64_t end = io->now(io) + iq_ticks(io, LINE_US);

	while (*line)
		put(uart, io, end, *line++);
	put(uart, io, end, '\r');
	put(uart, io, end, '\n');
}
