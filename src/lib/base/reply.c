/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One reply for the process. A signal is only remembered when it comes; between two members the object can be closed at any depth.
 * The second signal of a kind ends the process at once.
 */
#include "reply.h"

#include "message.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BY_SIGNAL 128 /* added to its number, as shells do: the status of a process that it ended */

static struct {
	bool wanted, begun, incomplete;
	const char *verb;
	unsigned int schema;
	struct kq_json *json; /* of the answer that is open, NULL: none */
	volatile sig_atomic_t signal;
} reply;

bool kq_reply_asked(int argc, char *const argv[])
{
	static const char option[] = "--json";

	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
		if (strlen(argv[i]) > strlen("--") && !strncmp(argv[i], option, strlen(argv[i])))
			return true;
	return false;
}

static void on_signal(int number)
{
	reply.signal = number;
}

void kq_reply_start(const char *verb, unsigned int schema)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGTERM };
	const struct sigaction catch = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND | SA_RESTART };
	struct sigaction now;

	reply.wanted = true;
	reply.verb = verb;
	reply.schema = schema;
	kq_message_keep();
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (!sigaction(signals[i], NULL, &now) && now.sa_handler != SIG_IGN)
			sigaction(signals[i], &catch, NULL);
}

void kq_reply_verb(const char *verb)
{
	reply.verb = verb;
}

void kq_reply_leave(void)
{
	reply.begun = true;
}

static void head(struct kq_json *json, struct kq_output *output)
{
	kq_json_start(json, output);
	kq_json_object(json, NULL);
	kq_json_number(json, "schema", reply.schema);
	if (reply.verb)
		kq_json_string(json, "verb", reply.verb);
}

static void tail(struct kq_json *json, bool complete)
{
	unsigned int more = 0;
	const char *message;

	kq_json_bool(json, "complete", complete);
	kq_json_array(json, "troubles");
	for (unsigned int i = 0; (message = kq_message_kept(i, &more)); i++)
		kq_json_string(json, NULL, message);
	kq_json_end(json);
	kq_json_number(json, "troubles_left_out", more);
	kq_json_end(json);
}

void kq_reply_open(struct kq_json *json, struct kq_output *output)
{
	head(json, output);
	json->between = kq_reply_poll;
	reply.json = json;
	reply.begun = true;
}

void kq_reply_incomplete(void)
{
	reply.incomplete = true;
}

void kq_reply_close(void)
{
	struct kq_json *json = reply.json;

	if (!json)
		return;
	reply.json = NULL;
	json->between = NULL;
	while (json->depth > 1)
		kq_json_end(json);
	tail(json, !reply.incomplete);
}

static void write_error(int status)
{
	static struct kq_output output;
	const char *message = kq_message_last();
	struct kq_json json;

	reply.begun = true;
	kq_output_start(&output, stdout);
	head(&json, &output);
	kq_json_object(&json, "error");
	kq_json_string(&json, "message", message ? message : "no answer");
	kq_json_number(&json, "status", (uint64_t)status);
	kq_json_end(&json);
	tail(&json, false);
	kq_output_flush(&output);
}

int kq_reply_end(int status)
{
	if (reply.wanted && !reply.begun && status)
		write_error(status);
	return status;
}

void kq_reply_poll(void)
{
	const int number = reply.signal;
	struct kq_output *output;

	if (!number || (reply.begun && !reply.json))
		return;
	reply.signal = 0;
	reply.incomplete = true;
	kq_warn("%s (signal %d): what follows is not in the answer", strsignal(number), number);
	if (reply.json) {
		output = reply.json->output;
		kq_reply_close();
		kq_output_flush(output);
	} else {
		write_error(BY_SIGNAL + number);
	}
	raise(number);
	_exit(BY_SIGNAL + number);
}
