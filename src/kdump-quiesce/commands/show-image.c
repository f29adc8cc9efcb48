/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `kdump-quiesce show-image`: what a kernel image carries.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "base/console.h"
#include "base/options.h"
#include "base/reply.h"
#include "carry/imagefile.h"
#include "record/rules.h"

#define EXIT_FAILED 1

static const char usage[] =
	"Usage: kdump-quiesce show-image [OPTION]... IMAGE\n"
	"Say what a kernel image carries: which kernel, which plugin with which policy, whether there is a signature.\n"
	"\n"
	"  --json      as JSON\n"
	"  -h, --help, -V, --version\n"
	"\n"
	"Exit status: 0 IMAGE is a kernel, wrapped or not; 1 it is none, or damaged; 2 wrong usage.\n";

static const struct option options[] = {
	{ "json", no_argument, NULL, 'j' },
	KQ_COMMON_OPTIONS,
};

static void show_json(const struct kq_bzimage *image, const struct kq_wrapped *wrapped, struct kq_output *output)
{
	const struct iq_handover *handover = &wrapped->handover;
	struct iq_rule rule[IQ_HANDOVER_RULES];
	const unsigned int rules = wrapped->sound ? iq_handover_rules(handover, rule) : 0;
	struct kq_json json;

	kq_reply_open(&json, output);
	kq_json_string(&json, "kernel", image->version);
	kq_json_bool(&json, "unified", image->unified);
	kq_json_hex(&json, "init_size", image->init_size);
	kq_json_number(&json, "signature_bytes", image->signature_size);
	kq_json_bool(&json, "wrapped", wrapped->front.shift);
	if (wrapped->front.shift) {
		kq_json_string(&json, "producer", wrapped->front.producer);
		kq_json_bool(&json, "plugin_sound", wrapped->sound);
		kq_json_hex(&json, "kernel_init_size", wrapped->front.init_size);
		kq_json_hex(&json, "added_bytes", wrapped->front.shift);
		kq_json_bool(&json, "adds_translated", handover->flags & IQ_HANDOVER_TRANSLATE);
		kq_json_number(&json, "wait_ms", handover->wait_us / 1000);
		kq_json_number(&json, "total_ms", handover->total_us / 1000);
		kq_json_string(&json, "console", kq_console_text(&handover->console));
		policy_json(&json, handover->flags);
		kq_json_array(&json, "rules");
		for (unsigned int i = 0; i < rules; i++)
			rule_json(&json, &rule[i]);
		kq_json_end(&json);
		if (!wrapped->sound)
			kq_reply_incomplete();
	}
	kq_reply_close();
}

static void show_text(const struct kq_bzimage *image, const struct kq_wrapped *wrapped, struct kq_output *output)
{
	const struct iq_handover *handover = &wrapped->handover;
	struct iq_rule rule[IQ_HANDOVER_RULES];
	const unsigned int rules = wrapped->sound ? iq_handover_rules(handover, rule) : 0;

	kq_output_format(output, "kernel        %s\n", image->version[0] ? image->version : "(no version)");
	if (image->unified)
		kq_output_text(output, "image         a unified kernel image, whose kernel (section .linux) this is about\n");
	kq_output_format(output, "memory        0x%x bytes (init_size)\n", image->init_size);
	if (image->signature_size)
		kq_output_format(output, "signature     %u bytes at 0x%x\n", image->signature_size, image->signature);
	else
		kq_output_text(output, "signature     none\n");
	if (!wrapped->front.shift) {
		kq_output_text(output, "plugin        none\n");
		return;
	}
	kq_output_format(output, "plugin        %s, checksum %s\n", wrapped->front.producer,
			 wrapped->sound ? "good" : "WRONG: it will do nothing");
	kq_output_format(output, "  before it   0x%x bytes less, init_size 0x%x\n", wrapped->front.shift,
			 wrapped->front.init_size);
	kq_output_format(output, "  adds        %s\n",
			 handover->flags & IQ_HANDOVER_TRANSLATE ? "iommu.passthrough=0" : "nothing to the command line");
	kq_output_format(output, "  waits       at most %u ms at a time, %u ms in all\n", handover->wait_us / 1000,
			 handover->total_us / 1000);
	if (handover->console.kind != IQ_CONSOLE_NONE)
		kq_output_format(output, "  console     %s\n", kq_console_text(&handover->console));
	kq_output_format(output, "  devices     %s\n", policy_text(handover->flags));
	for (unsigned int i = 0; i < rules; i++)
		kq_output_format(output, "  rule        %s\n", rule_text(&rule[i]));
	if (wrapped->sound && !rules)
		kq_output_text(output, "  rules       none but the firmware's\n");
}

/* Look at the file @path and say what is in it. */
static int show(const char *path, bool json)
{
	struct kq_reason reason = { "" };
	struct kq_wrapped wrapped;
	struct kq_imagefile file;
	struct kq_output output;
	int status = EXIT_SUCCESS;

	if (!kq_imagefile_read(&file, path, &reason)) {
		kq_warn("%s", reason.text);
		return EXIT_FAILED;
	}
	if (kq_wrap_look(&file.image, &wrapped, &reason) == KQ_DAMAGED) {
		kq_warn("%s: %s", path, reason.text);
		free(file.bytes);
		return EXIT_FAILED;
	}
	if (wrapped.front.shift && !wrapped.sound)
		status = EXIT_FAILED;
	kq_output_start(&output, stdout);
	if (json)
		show_json(&file.image, &wrapped, &output);
	else
		show_text(&file.image, &wrapped, &output);
	if (!kq_output_flush(&output))
		status = EXIT_FAILED;
	free(file.bytes);
	return status;
}

static int run(int argc, char *argv[])
{
	bool json = false;
	int option;

	optind = 0;
	while ((option = kq_option_next(argc, argv, ":hV", options, "kdump-quiesce show-image")) != -1)
		switch (option) {
		case 'j':
			json = true;
			break;
		default:
			return kq_option_common(option, usage);
		}
	if (argc - optind != 1) {
		kq_warn("one image, please; see kdump-quiesce show-image --help");
		return KQ_WRONG_USAGE;
	}
	return show(argv[optind], json);
}

const struct kq_command kq_command_show_image = { "show-image", run, "say what a kernel image carries", 1 };
