/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The decisions of `exec`. A plain kdump beats none: a call that is not understood goes through unchanged, with a message. Only
 * --require refuses it.
 */
#include "answer.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/audit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/foreign.h"
#include "caller.h"
#include "clock.h"
#include "machine/conf-rules.h"
#include "machine/kind.h"
#include "load.h"
#include "machine/state.h"
#include "host/sysroot.h"
#include "carry/wrap.h"

#define X32_BIT 0x40000000

/* Flags of kexec_file_load(2), include/uapi/linux/kexec.h. */
#define FILE_UNLOAD   0x1u
#define FILE_ON_CRASH 0x2u

/* The kernel performs the call as the caller made it. */
static void let_through(const struct kq_exec *exec, struct seccomp_notif_resp *reply)
{
	if (!exec->dry_run)
		reply->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
}

/* A crash image that would be loaded without the plugin. */
static void fall_open(struct kq_exec *exec, struct seccomp_notif_resp *reply, const struct kq_reason *reason)
{
	if (exec->require) {
		kq_warn("the capture kernel is refused (--require): %s", reason->text);
		reply->error = -EOPNOTSUPP;
		exec->refused = true;
		return;
	}
	kq_warn("falling back to the plain capture kernel, nothing will stop DMA at a crash: %s", reason->text);
	exec->plain = true;
	let_through(exec, reply);
}

/* A wrapped kernel stops DMA itself. A second plugin would do the same again and write a second record. */
static void tell_wrapped(void)
{
	kq_say("the capture kernel is wrapped: it carries the plugin itself, and is loaded as it is");
}

/* Settings that depend on the host, filled in at the first load. */
static bool know_host(struct kq_exec *exec, struct iq_plan *plan, struct kq_reason *reason)
{
	struct kq_settings *settings = &exec->settings;
	struct kq_machine machine;
	unsigned int functions;

	if (exec->conf_wrong.text[0])
		return kq_fail(reason, "%s", exec->conf_wrong.text);
	kq_machine_look(&machine, &exec->host);
	if (machine.kind->outlook != KQ_OUTLOOK_SERVED && !machine.kind->fix)
		return kq_fail(reason, "%.120s: there kdump-quiesce has nothing to do; kdump-quiesce check says why", machine.name);
	if (!kq_policy_plan(settings->policy, &exec->host, plan, reason))
		return false;
	if (!plan->units)
		kq_warn("%s: DMA will be stopped at its source alone", reason->text);
	if (plan->left_out)
		kq_warn("%u entr%s of the firmware's tables %s left out for an overlap or a value that cannot be", plan->left_out,
			plan->left_out == 1 ? "y" : "ies", plan->left_out == 1 ? "is" : "are");
	for (unsigned int i = 0; i < plan->units; i++)
		kq_detail("IOMMU %u: %s, segment %04x, registers at 0x%" PRIx64, i, plan->unit[i].family->name,
			  plan->unit[i].segment, plan->unit[i].base);
	if (settings->clock.khz)
		return true;
	if (!kq_clock_calibrate(&settings->clock, reason))
		return false;
	kq_detail("time-stamp counter: %u ticks per millisecond", settings->clock.khz);
	if (!kq_host_invariant_clock(&exec->host))
		kq_warn("the time-stamp counter is not invariant (/proc/cpuinfo: constant_tsc, nonstop_tsc): "
			"time limits at the crash may be off");
	if (!kq_conf_settings(settings, &exec->conf, &exec->host, plan, reason))
		return false;
	if (settings->policy & IQ_HANDOVER_NO_BLOCK && !(settings->policy & IQ_HANDOVER_STOP))
		return kq_fail(reason, "there is nothing to do: IOMMUs are let be%s, and stop = no",
			       exec->conf.block_auto ? ", for this kernel passes DMA through (block = auto)" : " (block = no)");
	settings->on_by_default = kq_host_translates_by_default(&exec->host);
	settings->rsdp = kq_host_rsdp(&exec->host);
	settings->roots = kq_host_roots(&exec->host, settings->root, IQ_ROOT_SEGMENTS);
	functions = kq_host_pci_functions(&exec->host);
	settings->record = kq_carrier_record(plan->units, functions);
	settings->elfcorehdr_size = (uint32_t)iq_min(kq_host_number(&exec->host, "/sys/kernel/crash_elfcorehdr_size", 0),
						     UINT32_MAX);
	kq_detail("ACPI root pointer: 0x%" PRIx64 "; %u PCI functions; record of %u bytes wanted", settings->rsdp, functions,
		  settings->record);
	return true;
}

/* @parts is NULL while they are not known. */
static void describe(const struct kq_image *image, const struct kq_parts *parts, const char *title)
{
	kq_detail("%s: entry 0x%" PRIx64 ", flags 0x%" PRIx64 ", %u segments", title, image->entry, image->flags,
		  image->segments);
	for (unsigned int i = 0; i < image->segments; i++)
		kq_detail("  0x%010" PRIx64 "+0x%-8" PRIx64 " %s", image->segment[i].address, image->segment[i].memory,
			  parts ? kq_image_role(image, parts, i) : "");
}

static const char *const places[] = {
	[KQ_RECORD_NONE] = "no record",
	[KQ_RECORD_SLACK] = "record in the ELF core header's segment",
	[KQ_RECORD_CARVED] = "record in reserved pages",
};

static void announce(const struct kq_exec *exec, const struct iq_plan *plan, const struct kq_carried *carried)
{
	char units[64];

	if (!plan->units)
		snprintf(units, sizeof(units), "no IOMMU");
	else if (plan->units == 1)
		snprintf(units, sizeof(units), "%s at 0x%" PRIx64, plan->unit[0].family->name, plan->unit[0].base);
	else
		snprintf(units, sizeof(units), "%u IOMMUs", plan->units);
	kq_say("%s: %s, plugin at 0x%" PRIx64 ", %s at 0x%" PRIx64 " (%u bytes)",
	       exec->dry_run ? "dry run, nothing was loaded" : "capture kernel loaded with the plugin", units,
	       carried->plugin, places[carried->place], carried->note, carried->note_size);
	if (exec->settings.policy & IQ_HANDOVER_NO_BLOCK)
		kq_say("IOMMUs and the capture kernel's command line are let be (block = %s): devices are stopped",
		       exec->conf.block_auto ? "auto, this kernel passes DMA through" : "no");
	if (carried->translated)
		kq_say("iommu.passthrough=0 added to the capture kernel's command line");
	if (carried->moved_header)
		kq_say("the ELF core header had no room for one more entry: a copy is used (elfcorehdr= added)");
	if (carried->late_note)
		kq_detail("the record's PT_NOTE is inserted again at the crash if the kernel rewrites the ELF core header");
	if (carried->warning[0])
		kq_warn("%s", carried->warning);
}

/* Load @image. False too if the caller is gone: what was read of its memory then proves nothing. */
static bool load(const struct kq_exec *exec, const struct seccomp_notif *call, const struct kq_image *image,
		 struct kq_reason *reason)
{
	int error;

	if (!kq_call_waits(&exec->supervisor, call))
		return kq_fail(reason, "process %u is gone", call->pid);
	if (exec->dry_run)
		return true;
	error = kq_load(image);
	if (!error)
		return true;
	return kq_fail(reason, "kexec_load: %s%s%s", strerror(-error), error == -EBUSY ? ": another loader is at work" : "",
		       kq_host_number(&exec->host, "/sys/kernel/kexec_crash_loaded", 1) ? "" :
											  " (no capture kernel is left)");
}

/* Write the state that `kdump-quiesce status` compares the machine with. If that fails, the image is loaded all the same. */
static void remember(const struct kq_exec *exec, const struct iq_plan *plan, const struct kq_carried *carried,
		     const struct kq_parts *parts)
{
	struct kq_state *state = exec->dry_run ? NULL : calloc(1, sizeof(*state));
	struct kq_topology topology;
	struct kq_reason reason;

	if (!state)
		return;
	state->time = (uint64_t)time(NULL);
	state->plugin = carried->plugin;
	state->crc = carried->crc;
	state->note = carried->note;
	state->note_size = carried->note_size;
	state->wait_us = exec->settings.wait_us;
	state->total_us = exec->settings.total_us;
	state->translated = carried->translated;
	snprintf(state->cmdline, sizeof(state->cmdline), "%s", kq_image_command_line(&carried->image, parts));
	kq_host_line(&exec->host, "/proc/sys/kernel/random/boot_id", state->boot, sizeof(state->boot));
	if (!kq_topology_read(&topology, &exec->host, plan, &reason) ||
	    !kq_state_look(state, &exec->host, plan, &topology, exec->settings.policy, exec->settings.rule,
			   exec->settings.rules) ||
	    !kq_state_write(state, &exec->host, &reason))
		kq_warn("kdump-quiesce status will not know this load: %s", reason.text);
	kq_topology_free(&topology);
	kq_state_free(state);
	free(state);
}

/* Read the image of the caller's kexec_load, and check that the kernel would load it. */
static bool look(const struct kq_exec *exec, const struct seccomp_notif *call, struct kq_caller_image *caller,
		 struct kq_range *crash, struct kq_reason *reason)
{
	struct kq_image *image = &caller->image;

	if (!kq_caller_list((pid_t)call->pid, call->data.args[2], (unsigned int)iq_min(call->data.args[1], UINT32_MAX),
			    caller, reason))
		return false;
	image->entry = call->data.args[0];
	image->flags = call->data.args[3];
	describe(image, NULL, "the loader's image");
	return kq_host_crash_range(&exec->host, image->segment[0].address, crash, reason) &&
	       kq_image_check(image, crash, reason) && kq_caller_fetch((pid_t)call->pid, caller, reason);
}

/* The caller may change its memory at any time. So our copy is checked and loaded, and the caller's own call is not made. */
static bool load_wrapped(const struct kq_exec *exec, const struct seccomp_notif *call, const struct kq_image *image,
			 struct kq_reason *reason)
{
	if (!load(exec, call, image, reason))
		return false;
	tell_wrapped();
	return true;
}

static bool image_is_wrapped(const struct kq_image *image)
{
	for (unsigned int i = 0; i < image->segments; i++)
		if (kq_wrap_carries(image->segment[i].bytes, image->segment[i].size))
			return true;
	return false;
}

/* Perform the caller's kexec_load with the plugin in front. */
static bool protect(struct kq_exec *exec, const struct seccomp_notif *call, const struct kq_caller_image *caller,
		    const struct kq_range *crash, struct iq_plan *plan, struct kq_reason *reason)
{
	const struct kq_image *image = &caller->image;
	struct kq_carried carried = { .owned_number = 0 };
	struct kq_parts parts;
	bool done;
	int lock;

	if (!kq_image_parts(image, &parts, reason))
		return false;
	done = know_host(exec, plan, reason) &&
	       kq_carry(image, &parts, crash, &exec->plugin, &exec->settings, &carried, reason);
	if (done && carried.no_block && exec->require)
		done = kq_fail(reason, "%s", carried.warning);
	if (done)
		describe(&carried.image, &parts, "image with the plugin");
	lock = done && !exec->dry_run ? kq_state_lock(&exec->host) : -1;
	done = done && load(exec, call, &carried.image, reason);
	if (done) {
		announce(exec, plan, &carried);
		remember(exec, plan, &carried, &parts);
	}
	if (lock >= 0)
		close(lock);
	kq_carried_free(&carried);
	return done;
}

static bool known_call(const struct seccomp_notif *call, struct kq_reason *reason)
{
	const uint64_t known = KQ_KEXEC_ON_CRASH | KQ_KEXEC_UPDATE_ELFCOREHDR | KQ_KEXEC_HOTPLUG_SUPPORT;
	uint64_t flags = call->data.args[3];

	if ((flags & KQ_KEXEC_ARCH_MASK) == KQ_KEXEC_ARCH_X86_64)
		flags &= ~(uint64_t)KQ_KEXEC_ARCH_MASK;
	if (call->data.arch != AUDIT_ARCH_X86_64 || call->data.nr & X32_BIT)
		return kq_fail(reason, "the loader is a 32-bit program");
	if (flags & ~known)
		return kq_fail(reason, "flags 0x%" PRIx64 " of kexec_load are not known", flags & ~known);
	return true;
}

static void answer_load(struct kq_exec *exec, const struct seccomp_notif *call, struct seccomp_notif_resp *reply)
{
	struct kq_caller_image caller = { .copy = NULL };
	struct kq_range crash;
	struct iq_plan *plan;
	struct kq_reason reason;
	bool done = false;

	if (!(call->data.args[3] & KQ_KEXEC_ON_CRASH) || !call->data.args[1]) {
		exec->unloaded |= call->data.args[3] & KQ_KEXEC_ON_CRASH;
		kq_detail("kexec_load: %s: let through", call->data.args[1] ? "not for a crash" : "unload");
		let_through(exec, reply);
		return;
	}
	plan = malloc(sizeof(*plan));
	if (!plan)
		kq_fail(&reason, "out of memory");
	if (plan && known_call(call, &reason) && look(exec, call, &caller, &crash, &reason))
		done = image_is_wrapped(&caller.image) ? load_wrapped(exec, call, &caller.image, &reason)
						       : protect(exec, call, &caller, &crash, plan, &reason);
	exec->loaded |= done;
	if (!done)
		fall_open(exec, reply, &reason);
	kq_caller_free(&caller);
	free(plan);
}

/*
 * Is what the caller has open as @descriptor a wrapped kernel, or a unified kernel image with one in it? *@parsed: it is not, and it has
 * a program of its own by which the kernel takes it apart (CONFIG_KEXEC_BPF), so that the loader does not.
 */
static bool file_is_wrapped(pid_t pid, int descriptor, bool *parsed)
{
	struct kq_wrapped wrapped;
	struct kq_bzimage image;
	struct kq_reason reason;
	size_t size, offset, length;
	uint8_t *bytes;
	bool is;

	bytes = kq_caller_file(pid, descriptor, &size, &reason);
	*parsed = bytes && kq_foreign_section(bytes, size, ".bpf", &offset, &length);
	is = bytes && kq_bzimage_read(&image, bytes, size, &reason);
	if (!is)
		kq_detail("the kernel that kexec_file_load is given: %s", reason.text);
	is = is && kq_wrap_look(&image, &wrapped, &reason) == KQ_WRAPPED && wrapped.sound;
	free(bytes);
	return is;
}

/*
 * The kernel's own purgatory cannot carry the plugin. A loader that falls back to kexec_load receives ENOSYS; others would fail.
 */
static void answer_file_load(struct kq_exec *exec, const struct seccomp_notif *call, struct seccomp_notif_resp *reply)
{
	struct kq_reason reason;
	uint64_t flags = call->data.args[4];
	bool parsed;

	if (!(flags & FILE_ON_CRASH) || flags & FILE_UNLOAD) {
		exec->unloaded |= flags & FILE_ON_CRASH;
		kq_detail("kexec_file_load: %s: let through", flags & FILE_UNLOAD ? "unload" : "not for a crash");
		let_through(exec, reply);
		return;
	}
	if (file_is_wrapped((pid_t)call->pid, (int)call->data.args[0], &parsed)) {
		/* The kernel reads the file itself. */
		tell_wrapped();
		exec->loaded = true;
		let_through(exec, reply);
	} else if (parsed) {
		kq_fail(&reason, "the image has a program for the kernel to take it apart with (section .bpf), which kexec_load does "
				 "not run: wrap the kernel in it (kdump-quiesce wrap)");
		fall_open(exec, reply, &reason);
	} else if (kq_host_dump_keys(&exec->host)) {
		kq_fail(&reason,
			"kexec_file_load hands the keys of the encrypted dump target to the capture kernel, which kexec_load cannot: "
			"wrap the capture kernel to have both");
		fall_open(exec, reply, &reason);
	} else if (kq_host_file_load_only(&exec->host) || (!exec->dry_run && !kq_load_allowed(&exec->host))) {
		kq_fail(&reason, "kexec_load, which could carry the plugin, is not allowed: %s; a wrapped kernel carries it by either call "
				 "(kdump-quiesce wrap)",
			kq_host_refusal(&exec->host));
		fall_open(exec, reply, &reason);
	} else if (!kq_caller_falls_back((pid_t)call->pid, &reason)) {
		fall_open(exec, reply, &reason);
	} else {
		kq_detail("kexec_file_load: answered that there is none, so that the loader goes on with kexec_load");
		reply->error = -ENOSYS;
	}
}

void kq_answer(struct kq_supervisor *supervisor, const struct seccomp_notif *call, struct seccomp_notif_resp *reply)
{
	struct kq_exec *exec = (struct kq_exec *)supervisor;
	bool native = call->data.arch == AUDIT_ARCH_X86_64;
	struct kq_reason reason;

	/* The kernel refuses it for its own reasons. Nothing of it is read here. */
	if (!exec->dry_run && !kq_caller_may_load((pid_t)call->pid, &reason)) {
		kq_warn("the load is not performed: %s", reason.text);
		let_through(exec, reply);
		return;
	}
	if (native && (call->data.nr & ~X32_BIT) == SYS_kexec_file_load)
		answer_file_load(exec, call, reply);
	else
		answer_load(exec, call, reply);
}
