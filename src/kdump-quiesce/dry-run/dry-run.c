/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Running the sequence dry.
 */
#include "dry-run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "carry/carrier.h"
#include "host/requester.h"
#include "host/sysroot.h"
#include "machine/distro.h"

static bool prepare(struct kq_dry_run *run, const struct kq_conf *conf, struct kq_reason *reason)
{
	struct iq_plan *plan = malloc(sizeof(*plan));
	struct kq_rules rules;
	bool done;

	if (!plan)
		return kq_fail(reason, "out of memory");
	kq_conf_apply(conf, &run->settings, false);
	/* A plugin that will do nothing, as a wrapped image can bring it, is shown doing nothing. */
	done = kq_policy_plan(IQ_HANDOVER_STOP, &run->host, plan, reason);
	if (done && !plan->units)
		run->no_units = *reason;
	done = done && kq_topology_read(&run->topology, &run->host, plan, reason) &&
	       kq_conf_rules(&rules, conf, &run->topology, plan, reason);
	if (done) {
		run->settings.policy = kq_conf_policy(conf, &run->topology);
		memcpy(run->settings.rule, rules.rule, sizeof(run->settings.rule));
		run->settings.rules = rules.rules;
		run->settings.roots = kq_host_roots(&run->host, run->settings.root, IQ_ROOT_SEGMENTS);
		run->settings.record = kq_carrier_record(plan->units, run->topology.functions);
		run->note = calloc(1, run->settings.record);
		done = run->note || kq_fail(reason, "out of memory");
	}
	free(plan);
	return done;
}

/* What the capture kernel's command line, as far as its distribution's files say it, does to units that do not translate. */
static uint32_t switches_of(const struct kq_host *host)
{
	struct kq_distro *distro = malloc(sizeof(*distro));
	uint32_t flags = 0;

	if (distro) {
		kq_distro_read(distro, host);
		if (distro->cmdline[0])
			flags = kq_carrier_switches(distro->cmdline, kq_host_translates_by_default(host));
	}
	free(distro);
	return flags;
}

/* The handover that a carrier would make. */
static void make_handover(const struct kq_dry_run *run, struct iq_handover *handover)
{
	memset(handover, 0, sizeof(*handover));
	handover->note_size = run->settings.record;
	handover->spare = KQ_DRY_SPARE;
	handover->firmware = (struct iq_firmware){ .address = KQ_DRY_RSDP, .kind = IQ_FIRMWARE_ACPI };
	handover->flags = switches_of(&run->host);
	kq_carrier_policy(handover, &run->settings);
}

bool kq_dry_run(struct kq_dry_run *run, const struct kq_host *host, const struct kq_conf *conf,
		struct kq_reason *reason)
{
	struct iq_handover handover;

	memset(run, 0, sizeof(*run));
	run->host = *host;
	run->physical.core = run->physical.memory = -1;
	if (!prepare(run, conf, reason))
		return false;
	make_handover(run, &handover);
	kq_physical_open(&run->physical, host);
	if (!kq_dry_start(&run->dry, &run->run, &run->host, &run->physical))
		return kq_fail(reason, "out of memory");
	run->status = iq_quiesce(&run->run, &run->dry.io, &handover, run->note, KQ_DRY_COMPLETION,
				 run->dry.io.now(&run->dry.io));
	iq_quiesce_seal(&run->run, 0);
	iq_record_look(&run->run.record, &run->view);
	return true;
}

void kq_dry_run_free(struct kq_dry_run *run)
{
	kq_dry_end(&run->dry);
	kq_physical_close(&run->physical);
	kq_topology_free(&run->topology);
	free(run->note);
	run->note = NULL;
}

const char *kq_dry_source(const struct kq_dry_run *run, unsigned int unit, iq_source_id id)
{
	const struct iq_plan *plan = &run->run.plan;

	return source_id_text(plan->functions, plan->ranges, &plan->unit[unit], id);
}

bool kq_dry_before(struct kq_dry_run *run, unsigned int unit, const struct iq_change *change, struct iq_entry *entry)
{
	const struct iq_unit *of = unit < run->run.plan.units ? &run->run.plan.unit[unit] : NULL;

	return of && change->kind == IQ_CHANGE_ENTRY &&
	       iq_reader_of(of->family)->entry(&run->dry.past.memory, of, change->first, entry) == IQ_OK;
}

const char *kq_dry_user(const struct kq_dry_run *run, uint16_t segment, uint16_t id, unsigned int n)
{
	const struct kq_topology *topology = &run->topology;
	static char text[64];

	for (unsigned int i = 0; i < topology->functions; i++) {
		const struct kq_function *function = &topology->function[i];

		for (unsigned int k = 0; k < function->count; k++) {
			const struct kq_requester *requester = &topology->requester[function->first + k];

			if (requester->segment != segment || requester->id != id || n--)
				continue;
			if (requester->origin == KQ_ORIGIN_OWN)
				return function->driver[0] ? function->driver
				       : function->bridge  ? "bridge"
							   : "no driver";
			snprintf(text, sizeof(text), "%s of %s", kq_origin_name(requester->origin),
				 requester_text(segment, function->id));
			return text;
		}
	}
	for (unsigned int i = 0; i < topology->hiddens; i++) {
		const struct kq_hidden *hidden = &topology->hidden[i];

		if (!hidden->known || hidden->function.segment != segment || hidden->function.id != id ||
		    hidden->function.bridge || n--)
			continue;
		snprintf(text, sizeof(text), "%s behind it", kq_hidden_name(hidden));
		return text;
	}
	return NULL;
}

/* Why user space may not read registers, as far as the host says. */
static const char *why_not(const struct kq_dry_run *run)
{
	if (run->host.root[0])
		return "not in what was saved";
	if (kq_host_locked_down(&run->host))
		return "the kernel is locked down";
	return "as root, the kernel allows it with iomem=relaxed on its command line (CONFIG_IO_STRICT_DEVMEM)";
}

const char *kq_dry_unseen(const struct kq_dry_run *run, unsigned int n)
{
	static char text[400];

	if (run->dry.no_window.text[0] && !n--) {
		snprintf(text, sizeof(text), "registers: %s; %s", run->dry.no_window.text, why_not(run));
		return text;
	}
	if (run->physical.no_ram.text[0] && !n--) {
		snprintf(text, sizeof(text), "memory: %s", run->physical.no_ram.text);
		return text;
	}
	if (!run->physical.no_ram.text[0] && run->dry.unseen && !n--) {
		snprintf(text, sizeof(text),
			 "memory at 0x%016" PRIx64 " and perhaps elsewhere: it is not in /proc/kcore", run->dry.unseen);
		return text;
	}
	return NULL;
}
