/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plugin's console: if the UART is busy for a while, lines still arrive complete. A dead UART is given up.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "uart.h"

/* PC16550D, 8.0 */
#define TRANSMIT    0u
#define LINE_STATUS 5u

#define KHZ	1000u /* a tick is a microsecond */
#define READ_US 1u
#define NEVER	UINT64_MAX

static struct {
	uint64_t now;	/* us */
	uint64_t busy;	/* us for which the transmitter is full after every @room bytes */
	uint64_t ready; /* the time from which it has room again */
	unsigned int room;
	bool absent;
	char sent[256];
	unsigned int length;
} uart;

static uint32_t read_register(const struct uart *self, unsigned int reg)
{
	(void)self;
	assert_int_equal(reg, LINE_STATUS);
	uart.now += READ_US;
	if (uart.absent)
		return 0xff;
	return uart.now < uart.ready ? 0x01 : 0x60;
}

static void write_register(const struct uart *self, unsigned int reg, uint32_t value)
{
	(void)self;
	assert_int_equal(reg, TRANSMIT);
	assert_true(uart.now >= uart.ready);
	assert_true(uart.length < sizeof(uart.sent) - 1);
	uart.sent[uart.length++] = (char)value;
	if (uart.length % uart.room == 0)
		uart.ready = uart.busy == NEVER ? NEVER : uart.now + uart.busy;
}

static uint64_t now(struct iq_io *io)
{
	(void)io;
	return uart.now;
}

static void relax(struct iq_io *io)
{
	(void)io;
	uart.now++;
}

/* Send two lines. Checks what arrives and how long it takes. */
static const char *two_lines(uint64_t busy, unsigned int room, bool absent, uint64_t *took)
{
	struct iq_io io = { .now = now, .relax = relax, .tick_khz = KHZ };
	struct uart console = { .read = read_register, .write = write_register };

	memset(&uart, 0, sizeof(uart));
	uart.busy = busy;
	uart.room = room;
	uart.absent = absent;
	uart_line(&console, &io, "first line");
	uart_line(&console, &io, "second line");
	*took = uart.now;
	return uart.sent;
}

static void lines_arrive_at_9600_baud(void **state)
{
	uint64_t took;

	(void)state;
	assert_string_equal(two_lines(1042, 1, false, &took), "first line\r\nsecond line\r\n");
	assert_in_range(took, 24 * 1042, 26 * 1042);
}

static void a_uart_that_is_busy_for_a_while_gets_every_line(void **state)
{
	uint64_t took;

	(void)state;
	assert_string_equal(two_lines(150000, 8, false, &took), "first line\r\nsecond line\r\n");
	assert_in_range(took, 3 * 150000, 3 * 150000 + 1000);
}

static void a_uart_that_sends_no_more_costs_its_time_once(void **state)
{
	uint64_t took;

	(void)state;
	assert_string_equal(two_lines(NEVER, 8, false, &took), "first li");
	assert_in_range(took, 200000, 201000);
}

static void a_uart_that_trickles_is_given_up_within_a_line(void **state)
{
	uint64_t took;

	(void)state;
	assert_string_equal(two_lines(199000, 1, false, &took), "first line\r\nsecond line\r");
	assert_in_range(took, 11 * 199000 + 2500000, 11 * 199000 + 2501000);
}

static void a_uart_where_nobody_answers_costs_one_read(void **state)
{
	uint64_t took;

	(void)state;
	assert_string_equal(two_lines(0, 1, true, &took), "");
	assert_int_equal(took, READ_US);
}

static uint64_t mapped_at, mapped_bytes;

static enum iq_status map_registers(struct iq_io *io, uint64_t base, uint64_t length)
{
	(void)io;
	mapped_at = base;
	mapped_bytes = length;
	return base ? IQ_OK : IQ_UNREACHABLE;
}

static void registers_in_memory_have_their_width_and_distance(void **state)
{
	static const struct {
		uint8_t width, shift;
	} forms[] = { { 1, 0 }, { 1, 2 }, { 2, 1 }, { 4, 2 }, { 4, 4 } };
	struct iq_io io = { .now = now, .relax = relax, .map_registers = map_registers, .tick_khz = KHZ };
	uint8_t registers[8 << IQ_CONSOLE_SHIFT] __attribute__((aligned(8)));
	struct uart console;

	(void)state;
	for (size_t i = 0; i < IQ_ARRAY_SIZE(forms); i++) {
		const struct iq_console told = { .kind = IQ_CONSOLE_8250_MEMORY, .address = (uintptr_t)registers,
						 .width = forms[i].width, .shift = forms[i].shift };
		uint32_t value = 0;

		memset(registers, 0xee, sizeof(registers));
		memset(registers + (LINE_STATUS << told.shift), 0, told.width);
		registers[LINE_STATUS << told.shift] = 0x60;
		assert_true(uart_open(&console, &io, &told));
		assert_int_equal(mapped_at, told.address);
		assert_int_equal(mapped_bytes, 8 << told.shift);
		uart_line(&console, &io, "x");
		assert_false(console.gone);
		/* The transmit register has the line's last byte in its full width, and no other register was written. */
		memcpy(&value, registers, told.width);
		assert_int_equal(value, '\n');
		for (unsigned int at = told.width; at < sizeof(registers); at++)
			if (at < LINE_STATUS << told.shift || at >= (LINE_STATUS << told.shift) + told.width)
				assert_int_equal(registers[at], 0xee);
	}
}

static void registers_that_cannot_be_mapped_are_no_console(void **state)
{
	struct iq_io io = { .now = now, .relax = relax, .map_registers = map_registers, .tick_khz = KHZ };
	const struct iq_console nowhere = { .kind = IQ_CONSOLE_8250_MEMORY, .width = 1 };
	struct uart console;

	(void)state;
	assert_false(uart_open(&console, &io, &nowhere));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_arrive_at_9600_baud),
		cmocka_unit_test(a_uart_that_is_busy_for_a_while_gets_every_line),
		cmocka_unit_test(a_uart_that_sends_no_more_costs_its_time_once),
		cmocka_unit_test(a_uart_that_trickles_is_given_up_within_a_line),
		cmocka_unit_test(a_uart_where_nobody_answers_costs_one_read),
		cmocka_unit_test(registers_in_memory_have_their_width_and_distance),
		cmocka_unit_test(registers_that_cannot_be_mapped_are_no_console),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
