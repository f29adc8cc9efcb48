/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `kdump-quiesce status`: is a capture kernel with the plugin loaded, since when, with which policy, and what has
 * changed on the machine since then?
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/options.h"
#include "command.h"
#include "machine/conf-rules.h"
#include "base/reply.h"
#include "carry/loaded.h"
#include "record/rules.h"
#include "machine/state.h"
#include "host/sysroot.h"
#include "report/report.h"

#define EXIT_NOT_READY 1
#define EXIT_UNKNOWN   3

static const char usage[] = "Usage: kdump-quiesce status [OPTION]...\n"
			    "Say whether the capture kernel that is loaded has the plugin in it, and what has changed "
			    "since it was loaded.\n"
			    "\n"
			    "      --json         for programs\n"
			    "      --conf FILE    read FILE instead of " KQ_SYSCONFDIR "/kdump-quiesce.conf\n"
			    "      --sysroot DIR  look at the machine whose files are below DIR, or of which DIR is a report\n"
			    "                     (sos, supportconfig, acpidump)\n"
			    "  -h, --help, -V, --version\n"
			    "\n"
			    "Exit status: 0 it is loaded, has the plugin in it, and nothing has changed; 1 not so; 2 "
			    "wrong usage; 3 that cannot be\n"
			    "told.\n";

enum {
	OPTION_JSON = 256,
	OPTION_CONF,
	OPTION_SYSROOT,
};

static const struct option options[] = {
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "conf", required_argument, NULL, OPTION_CONF },
	{ "sysroot", required_argument, NULL, OPTION_SYSROOT },
	KQ_COMMON_OPTIONS,
};

/* What is known before anything is printed. */
struct status {
	struct kq_host host;
	enum kq_loaded loaded;
	struct kq_plugin_seen seen;
	struct kq_rules inside; /* of the plugin that was seen */
	struct kq_state then, now;
	bool remembered; /* @then is about this load */
	bool wrapped;	 /* the plugin came in a wrapped image: @then has the rules in it */
	bool compared;	 /* @now is known */
	struct kq_reason forgotten; /* why @then is not known */
	struct kq_reason idle; /* why `exec` would put no plugin in; empty: it would, or that is not known */
	unsigned int changes;
	struct kq_output output;
	struct kq_json json;
};

static const struct {
	const char *word, *text;
} loaded_words[] = {
	[KQ_LOADED_NONE] = { "none", "no capture kernel is loaded" },
	[KQ_LOADED_PLAIN] = { "plain", "the capture kernel that is loaded has no plugin in it" },
	[KQ_LOADED_OURS] = { "plugin", "the capture kernel that is loaded has the plugin in it" },
	[KQ_LOADED_UNSEEN] = { "unseen", "a capture kernel is loaded; whether the plugin is in it cannot be seen" },
};

/* What a change means for a crash now. */
static const char *const meanings[KQ_STATE_LISTS] = {
	[KQ_STATE_UNITS] = "IOMMU", /* found again at the crash */
	[KQ_STATE_FUNCTIONS] = "device",
	[KQ_STATE_RULES] = "rule",
	[KQ_STATE_MEMORY] = "memory",
};

/* Is the state file about the image that is loaded now? */
static void remember(struct status *status)
{
	char boot[40] = "";

	if (!kq_state_read(&status->then, &status->host, &status->forgotten))
		return;
	kq_host_line(&status->host, "/proc/sys/kernel/random/boot_id", boot, sizeof(boot));
	if (strcmp(boot, status->then.boot))
		kq_fail(&status->forgotten, KQ_STATE_PATH ": of another boot");
	else if (status->loaded == KQ_LOADED_OURS &&
		 (status->seen.address != status->then.plugin || status->seen.handover.crc != status->then.crc))
		kq_fail(&status->forgotten, KQ_STATE_PATH ": of another load");
	else
		status->remembered = status->loaded != KQ_LOADED_NONE && status->loaded != KQ_LOADED_PLAIN;
}

/* A wrapped image carries the rules that it was made with. */
static bool has_past(const struct status *status)
{
	return status->remembered || status->wrapped;
}

static void compare(struct status *status, const char *conf_path)
{
	struct kq_conf *conf = malloc(sizeof(*conf));
	struct iq_plan *plan = malloc(sizeof(*plan));
	struct kq_topology topology;
	struct kq_reason reason;
	struct kq_rules rules = { .rules = 0 };

	if (!conf || !plan) {
		kq_warn("out of memory");
		goto out;
	}
	if (!kq_conf_read(conf, &status->host, conf_path, &reason)) {
		kq_conf_tell(conf);
		kq_warn("%s", reason.text);
		goto out;
	}
	kq_host_plan(&status->host, plan, &reason);
	if (!kq_topology_read(&topology, &status->host, plan, &reason) ||
	    !kq_conf_rules(&rules, conf, &topology, plan, &reason))
		kq_warn("%s", reason.text);
	else if (status->wrapped)
		status->compared = kq_state_rules(&status->now, kq_conf_policy(conf, &topology), rules.rule, rules.rules);
	else
		status->compared = kq_state_look(&status->now, &status->host, plan, &topology, kq_conf_policy(conf, &topology), rules.rule,
						 rules.rules);
	kq_topology_free(&topology);
out:
	free(conf);
	free(plan);
}

/* Where there is nothing to do a plain capture kernel is all that there can be. */
static void look_for_work(struct status *status, const char *conf_path)
{
	struct kq_conf *conf = malloc(sizeof(*conf));
	struct iq_plan *plan = malloc(sizeof(*plan));
	struct kq_reason reason;

	if (conf && plan && (status->host.root[0] || geteuid() == 0) &&
	    kq_conf_read(conf, &status->host, conf_path, &reason) &&
	    !kq_policy_plan(conf->policy, &status->host, plan, &reason))
		status->idle = reason;
	free(conf);
	free(plan);
}

static void time_text(uint64_t seconds, char text[32])
{
	const time_t when = (time_t)seconds;
	struct tm utc;

	if (!gmtime_r(&when, &utc) || !strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &utc))
		snprintf(text, 32, "%" PRIu64, seconds);
}

static void tell_text(void *context, enum kq_state_list list, const char *line, bool appeared)
{
	struct status *status = context;

	kq_output_format(&status->output, "changed: %s %s: %s\n", meanings[list], appeared ? "appeared" : "is gone",
			 line);
}

static void tell_json(void *context, enum kq_state_list list, const char *line, bool appeared)
{
	struct status *status = context;

	kq_json_object(&status->json, NULL);
	kq_json_string(&status->json, "what", kq_state_list_name(list));
	kq_json_string(&status->json, "change", appeared ? "appeared" : "gone");
	kq_json_string(&status->json, "value", line);
	kq_json_end(&status->json);
}

static const char *loaded_text(const struct status *status)
{
	if (status->loaded == KQ_LOADED_PLAIN && status->seen.leftover)
		return "the plugin was loaded, but another capture kernel was loaded over it";
	if (status->loaded == KQ_LOADED_UNSEEN && !kq_host_number(&status->host, "/sys/kernel/kexec_crash_loaded", 0))
		return "whether a capture kernel is loaded is not known";
	return loaded_words[status->loaded].text;
}

static int judge(const struct status *status)
{
	if (status->loaded == KQ_LOADED_NONE || status->loaded == KQ_LOADED_PLAIN || status->changes)
		return EXIT_NOT_READY;
	if (status->loaded == KQ_LOADED_UNSEEN || !has_past(status) || !status->compared)
		return EXIT_UNKNOWN;
	return 0;
}

static void print_text(struct status *status)
{
	const struct iq_handover *handover = &status->seen.handover;
	struct kq_output *out = &status->output;
	char when[32];

	kq_output_format(out, "%s\n", loaded_text(status));
	if (status->loaded == KQ_LOADED_UNSEEN)
		kq_output_format(out, "%s\n", status->seen.why.text);
	if (status->idle.text[0])
		kq_output_format(out, "kdump-quiesce exec would put none in: %s\n", status->idle.text);
	if (status->remembered) {
		time_text(status->then.time, when);
		kq_output_format(out, "loaded %s by kdump-quiesce exec\n", when);
	} else if (status->wrapped) {
		kq_output_format(out, "it came with a wrapped image\n");
	} else if (status->loaded == KQ_LOADED_OURS) {
		kq_output_format(out, "it is not known when: %s\n", status->forgotten.text);
	}
	if (status->loaded == KQ_LOADED_OURS) {
		kq_output_format(out,
				 "plugin at 0x%" PRIx64
				 ", record of %u bytes; waits of %u ms, %u ms for everything; devices: %s\n",
				 status->seen.address, handover->note_size, handover->wait_us / 1000,
				 handover->total_us / 1000, policy_text(handover->flags));
		for (unsigned int i = 0; i < status->inside.rules; i++)
			kq_output_format(out, "rule: %s\n", rule_text(&status->inside.rule[i]));
	}
	if (has_past(status) && status->compared) {
		status->changes = kq_state_changes(&status->then, &status->now, tell_text, status);
		if (!status->changes)
			kq_output_text(out, status->wrapped ? "its rules are those that it would get now\n" :
							      "IOMMUs, devices, rules and memory are as they were\n");
	}
}

static void print_json(struct status *status)
{
	const struct iq_handover *handover = &status->seen.handover;
	struct kq_json *json = &status->json;
	char when[32];

	kq_reply_open(json, &status->output);
	kq_json_string(json, "loaded", loaded_words[status->loaded].word);
	kq_json_string(json, "why", status->seen.why.text[0] ? status->seen.why.text :
				    status->idle.text[0]     ? status->idle.text :
							       NULL);
	time_text(status->then.time, when);
	kq_json_string(json, "time", status->remembered ? when : NULL);
	kq_json_string(json, "carrier", status->loaded != KQ_LOADED_OURS ? NULL :
					handover->flags & IQ_HANDOVER_IMAGE ? "wrap" : "exec");
	kq_json_hex(json, "plugin", status->seen.address);
	kq_json_array(json, "rules");
	for (unsigned int i = 0; i < status->inside.rules; i++)
		rule_json(json, &status->inside.rule[i]);
	kq_json_end(json);
	kq_json_bool(json, "compared", has_past(status) && status->compared);
	kq_json_array(json, "changes");
	if (has_past(status) && status->compared)
		status->changes = kq_state_changes(&status->then, &status->now, tell_json, status);
	kq_json_end(json);
	if (judge(status) == EXIT_UNKNOWN)
		kq_reply_incomplete();
	kq_reply_close();
}

static int show(const struct kq_host *host, const char *conf, bool want_json)
{
	struct status *status = calloc(1, sizeof(*status));
	struct kq_physical physical;
	int result;

	if (!status) {
		kq_warn("out of memory");
		return EXIT_UNKNOWN;
	}
	status->host = *host;
	kq_physical_open(&physical, host);
	status->loaded = kq_loaded_look(host, &physical, &status->seen);
	kq_physical_close(&physical);
	if (status->loaded == KQ_LOADED_OURS)
		status->inside.rules = iq_handover_rules(&status->seen.handover, status->inside.rule);
	status->wrapped = status->loaded == KQ_LOADED_OURS && status->seen.handover.flags & IQ_HANDOVER_IMAGE;
	if (status->wrapped)
		kq_state_rules(&status->then, status->seen.handover.flags, status->inside.rule, status->inside.rules);
	else
		remember(status);
	if (has_past(status))
		compare(status, conf);
	if (status->loaded == KQ_LOADED_PLAIN)
		look_for_work(status, conf);
	kq_output_start(&status->output, stdout);
	if (want_json)
		print_json(status);
	else
		print_text(status);
	result = judge(status);
	if (!kq_output_flush(&status->output)) {
		kq_warn("cannot write: %s", strerror(errno));
		result = EXIT_UNKNOWN;
	}
	kq_state_free(&status->then);
	kq_state_free(&status->now);
	free(status);
	return result;
}

static int run(int argc, char *argv[])
{
	struct kq_host host = { "" };
	const char *conf = NULL;
	bool want_json = false;
	int option;

	optind = 0;
	while ((option = kq_option_next(argc, argv, ":hV", options, "kdump-quiesce status")) != -1)
		switch (option) {
		case OPTION_JSON:
			want_json = true;
			break;
		case OPTION_CONF:
			conf = optarg;
			break;
		case OPTION_SYSROOT:
			if (!kq_option_sysroot(optarg, &host.root))
				return KQ_WRONG_USAGE;
			break;
		default:
			return kq_option_common(option, usage);
		}
	if (optind < argc) {
		kq_warn("%s: no arguments are expected; see kdump-quiesce status --help", argv[optind]);
		return KQ_WRONG_USAGE;
	}
	kq_report_open(&host);
	return show(&host, conf, want_json);
}

const struct kq_command kq_command_status = { "status", run,
					      "say whether the plugin is loaded, and what changed since", 1 };
