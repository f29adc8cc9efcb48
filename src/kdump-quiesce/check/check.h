/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `kdump-quiesce check` asks of a machine. A check is a small function that looks at an examination and says what
 * it saw, and what would help. The verdict on the whole is put together from what the checks found.
 */
#ifndef KQ_CHECK_H
#define KQ_CHECK_H

#include "machine/conf-rules.h"
#include "machine/distro.h"
#include "machine/dump-way.h"
#include "machine/initrd.h"
#include "machine/kind.h"
#include "lent.h"
#include "carry/loaded.h"
#include "machine/state.h"
#include "tables/host-tables.h"
#include "carry/wrap.h"

#define KQ_GROUPS "/sys/kernel/iommu_groups"

enum kq_verdict {
	KQ_PASS,
	KQ_WARN,    /* a dump is likely, but something is left to chance */
	KQ_FAIL,    /* DMA will not be stopped, or the dump will not be taken */
	KQ_UNKNOWN, /* it could not be seen */
};

struct kq_finding {
	enum kq_verdict verdict;
	char fact[768]; /* what was seen */
	char fix[512];	/* what to do about it, empty where there is nothing to do */
};

/* The image that the distribution's loader loads. */
struct kq_kernel_image {
	bool read;	       /* it was, and understood */
	struct kq_reason why;  /* not */
	enum kq_wrap_state state;
	bool sound, is_signed;
	bool unified;	       /* not read, for it is a unified kernel image; size and version are those of the kernel in it */
	struct kq_rules rules; /* in a wrapped one */
	uint32_t policy;       /* the same: flags of its handover */
	uint32_t init_size;    /* memory that the kernel takes to start, 0: not known */
	char version[128];     /* empty: not known */
};

/* All that is known about a machine before the first check: each part with why it is not known. */
struct kq_examination {
	struct kq_host host;
	struct kq_machine machine;
	bool privileged; /* files that only root may read can be read */
	const char *report; /* kq_told_whose(): NULL, the files are the machine's own */
	struct kq_conf conf;
	struct kq_reason conf_wrong;
	struct iq_plan plan;
	bool planned;
	struct kq_reason no_plan;
	struct kq_host_tables tables;
	struct kq_topology topology;
	struct kq_reason no_topology;
	struct kq_rules rules;
	struct kq_reason no_rules;
	struct kq_physical physical;
	enum kq_loaded loaded;
	struct kq_plugin_seen plugin;
	struct kq_distro distro;
	struct kq_dump_way way;
	struct kq_reason no_way; /* why the dump's way is not known, empty: it is */
	struct kq_kernel_image image;
	struct kq_initrd initrd;
	struct kq_reason no_initrd;
	struct kq_lent lent;
	struct kq_dry_run *dry; /* what `plan` shows; NULL: it could not begin */
	struct kq_reason no_dry;
	unsigned int groups; /* IOMMU groups of the running kernel; 0: it uses no IOMMU, if that is known */
	bool groups_known;
	char first_cmdline[4096];
};

/* @conf: the configuration file that was named, NULL: the default one. */
void kq_examine(struct kq_examination *examination, const struct kq_host *host, const char *conf);
void kq_examination_free(struct kq_examination *examination);
/* Does a wrapped image, which needs no `exec`, bring the plugin? */
bool kq_is_wrapped(const struct kq_examination *examination);
/* Will the plugin run at a crash that happens now, as far as can be seen? */
bool kq_has_plugin(const struct kq_examination *examination);
/* Does the running kernel use IOMMUs for which this version has a plugin? Then no dump is safe without it. */
bool kq_translates(const struct kq_examination *examination);
/* Does the plugin, the one that is loaded or would be, let IOMMUs be? Then no capture kernel finds a device blocked. */
bool kq_lets_be(const struct kq_examination *examination);
/* Does the running kernel have scalable mode (VT-d) in use? */
bool kq_is_scalable(const struct kq_examination *examination);
/* How many devices the plugin would stop at their source, as the dry run shows. */
unsigned int kq_stopped_devices(const struct kq_examination *examination);
/*
 * The verdict on what stands in the way of loading the plugin: that is no failure where it is loaded already, or where no
 * IOMMU translates.
 */
enum kq_verdict kq_hindrance(const struct kq_examination *examination);

/* What becomes of a device's DMA at a crash with the plugin, as the dry run shows. */
enum kq_fate {
	KQ_FATE_UNKNOWN,
	KQ_FATE_STOPPED, /* its Bus Master is cleared */
	KQ_FATE_CLOSED,	 /* an IOMMU refuses it, all of it or what the policy says */
	KQ_FATE_GOES_ON,
};

enum kq_fate kq_fate_of(const struct kq_examination *examination, const struct kq_function *function);
/* The same of a device in a domain of its own: its DMA bears its endpoint's id. */
enum kq_fate kq_fate_of_hidden(const struct kq_examination *examination, const struct kq_hidden *hidden);

/* For checks: fill in @finding. */
void kq_find(struct kq_finding *finding, enum kq_verdict verdict, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void kq_advise(struct kq_finding *finding, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The command that loads the capture kernel, for advice. */
const char *kq_load_command(const struct kq_examination *examination);
/* The commands that wrap and sign the capture kernel and make the distribution load it. */
void kq_advise_wrap(struct kq_finding *finding, const struct kq_examination *examination);

/* When an administrator does what a finding advises: a reboot comes before a setting, a setting before a load. */
enum kq_step {
	KQ_STEP_REBOOT,
	KQ_STEP_SETTING,
	KQ_STEP_LOAD,
	KQ_STEPS
};

#define KQ_CHECK_ANYWHERE 0x1u /* it makes sense on machines that this version does not serve, too */
#define KQ_CHECK_ASIDE	  0x2u /* the verdict stands also where this check cannot tell */

/* A list of devices in a sentence: the first ones by name, then how many more. */
struct kq_roll {
	char text[256];
	unsigned int count;
};

void kq_roll_add(struct kq_roll *roll, const struct kq_function *function);
const char *kq_roll_end(struct kq_roll *roll);
/* True, with @finding filled in, where a report has no configuration file, so that nothing is known of one. */
bool kq_lacks_conf(const struct kq_examination *examination, struct kq_finding *finding);
/* True if firmware tables and capabilities can be read, which are for root: without it, absence proves nothing. */
bool kq_is_root(const struct kq_examination *examination, struct kq_finding *finding);
/* True if the PCI devices are known. Both fill in @finding where they are false. */
bool kq_can_read_devices(const struct kq_examination *examination, struct kq_finding *finding);

struct kq_check {
	const char *name;
	void (*run)(const struct kq_examination *examination, struct kq_finding *finding);
	const char *needs; /* the path without which it can see nothing, NULL: none */
	const char *reads; /* the path that it looks at: if it is not there, that proves nothing in a report; NULL: none */
	enum kq_step step;
	unsigned int flags;
};

/* drivers.c; in the list of capture.c */
void kq_check_dump_drivers(const struct kq_examination *examination, struct kq_finding *finding);
void kq_check_initrd_drivers(const struct kq_examination *examination, struct kq_finding *finding);

/* hotplug.c; in the list of load.c */
void kq_check_hotplug(const struct kq_examination *examination, struct kq_finding *finding);

/* loader.c; in the list of load.c */
void kq_check_loader(const struct kq_examination *examination, struct kq_finding *finding);
void kq_check_dump_keys(const struct kq_examination *examination, struct kq_finding *finding);
void kq_check_notifiers(const struct kq_examination *examination, struct kq_finding *finding);

/* Ended by an entry without a name. */
extern const struct kq_check kq_machine_checks[]; /* machine.c: what kind of machine is it? */
extern const struct kq_check kq_load_checks[];	  /* load.c: will the plugin get in? */
extern const struct kq_check kq_iommu_checks[];	  /* iommu.c: can DMA be stopped? */
extern const struct kq_check kq_device_checks[];  /* devices.c: who is left alone? */
extern const struct kq_check kq_mode_checks[];	  /* modes.c: do modes agree? */
extern const struct kq_check kq_capture_checks[]; /* capture.c: will the capture kernel live? */

/* Is the capture kernel's version known to lose dumps? In the list of machine.c, defined in bad-kernels.c. */
void kq_check_version(const struct kq_examination *examination, struct kq_finding *finding);

/* How findings are written. */
enum kq_check_form {
	KQ_FORM_TEXT,
	KQ_FORM_JSON,
	KQ_FORM_PROMETHEUS, /* text format 0.0.4, for node_exporter's textfile collector */
};

struct kq_result {
	const struct kq_check *check;
	struct kq_finding finding;
};

#define KQ_TO_DO 3u

/* Would a dump survive? */
enum kq_survival {
	KQ_SURVIVES,
	KQ_DOES_NOT,
	KQ_CANNOT_BE_KNOWN,
};

struct kq_answer {
	enum kq_survival survival;
	char text[1024];	    /* one sentence, without a full stop */
	const char *to_do[KQ_TO_DO]; /* fixes of the findings, in the order in which they are to be done */
	unsigned int to_dos;
};

/* Put the @count findings on the machine that was examined together. */
void kq_answer_make(struct kq_answer *answer, const struct kq_examination *examination,
		    const struct kq_result *results, unsigned int count);

/* All that was found about one machine. */
struct kq_report {
	const struct kq_machine *machine;
	const struct kq_answer *answer;
	const struct kq_result *results;
	unsigned int count;
};

/* Write @report; @verbose: also what passed. False if that failed. */
bool kq_check_print(const struct kq_report *report, enum kq_check_form form, bool verbose);
const char *kq_verdict_name(enum kq_verdict verdict);

#endif
