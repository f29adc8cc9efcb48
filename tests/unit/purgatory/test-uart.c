/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plugin's console: lines arrive whole behind a UART that is busy for a while, and one that is gone is given up.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

/* Ports of a machine in software, in place of cpu.h. */
#define PURGATORY_X86_64_CPU_H
static uint8_t cpu_in8(uint16_t port);
static void cpu_out8(uint16_t port, uint8_t value);

#include "uart.c"

#define PORT	0x3f8
#define KHZ	1000u /* a tick is a microsecond */
#define READ_US 1u
#define NEVER	UINT64_MAX

static struct {
	uint64_t now;	/* us */
	uint64_t busy;	/* us that the transmitter has no room behind every @room bytes */
	uint64_t ready; /* when it has */
	unsigned int room;
	bool absent;
	char sent[256];
	unsigned int length;
} uart;

static uint8_t cpu_in8(uint16_t port)
{
	assert_int_equal(port, PORT + UART_LINE_STATUS);
	uart.now += READ_US;
	if (uart.absent)
		return 0xff;
	return uart.now < uart.ready ? 0x01 : 0x60;
}

static void cpu_out8(uint16_t port, uint8_t value)
{
	assert_int_equal(port, PORT + UART_TRANSMIT);
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

/* What arrives of two lines, and how long they took. */
static const char *two_lines(uint64_t busy, unsigned int room, bool absent, uint64_t *took)
{
	struct iq_io io = { .now = now, .relax = relax, .tick_khz = KHZ };
	struct uart console = { .port = PORT };

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

static void what_is_behind_the_uart_may_be_busy_for_a_while(void **state)
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

static void a_port_where_nobody_answers_costs_one_read(void **state)
{
	uint64_t took;

	(void)state;
	assert_string_equal(two_lines(0, 1, true, &took), "");
	assert_int_equal(took, READ_US);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_arrive_at_9600_baud),
		cmocka_unit_test(what_is_behind_the_uart_may_be_busy_for_a_while),
		cmocka_unit_test(a_uart_that_sends_no_more_costs_its_time_once),
		cmocka_unit_test(a_uart_that_trickles_is_given_up_within_a_line),
		cmocka_unit_test(a_port_where_nobody_answers_costs_one_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
