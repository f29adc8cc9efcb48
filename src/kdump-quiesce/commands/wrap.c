/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `kdump-quiesce wrap` and `kdump-quiesce unwrap`: put the plugin into a kernel image that any loader can load, and
 * take it out again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "machine/conf-rules.h"
#include "config.h"
#include "carry/imagefile.h"
#include "base/console.h"
#include "base/newfile.h"
#include "base/options.h"
#include "carry/plugin.h"

#define EXIT_FAILED 1

static const char wrap_usage[] =
	"Usage: kdump-quiesce wrap [OPTION]... VMLINUZ -o OUT\n"
	"Write OUT, a kernel image that does what VMLINUZ does, and that stops DMA before it when it is started at a crash.\n"
	"Of a unified kernel image, the kernel alone is taken.\n"
	"\n"
	"  -o, --output OUT     the image to write; what is there is replaced when all went well\n"
	"  --sign-key KEY       sign OUT for Secure Boot: sbsign --key KEY ...\n"
	"  --sign-cert CERT     ... --cert CERT\n"
	"  --keep-command-line  do not add iommu.passthrough=0 to the capture kernel's command line\n"
	"  --console PORT       let the plugin write a line a stage to a serial port: ttyS0 .. ttyS3, an I/O port,\n"
	"                       mmio,ADDRESS, mmio16,ADDRESS, mmio32,ADDRESS, none\n"
	"  --wait-ms N          longest wait for one answer of an IOMMU (default 100)\n"
	"  --total-ms N         longest time for everything (default 2000, at most 60000)\n"
	"  --conf FILE          read FILE instead of " KQ_SYSCONFDIR "/kdump-quiesce.conf\n"
	"  --sysroot DIRECTORY  the image is for the machine whose files are below DIRECTORY, not for this one\n"
	"  -q, --quiet          errors and warnings only\n"
	"  -v, --verbose        every step\n"
	"  -h, --help, -V, --version\n"
	"\n"
	"Exit status: 0 written; 1 not written; 2 wrong usage.\n";

static const char unwrap_usage[] =
	"Usage: kdump-quiesce unwrap [OPTION]... IMAGE -o OUT\n"
	"Write OUT, the kernel that `kdump-quiesce wrap` made IMAGE of, byte for byte but without a signature.\n"
	"\n"
	"  -o, --output OUT     the image to write; what is there is replaced when all went well\n"
	"  -q, --quiet          errors and warnings only\n"
	"  -v, --verbose        every step\n"
	"  -h, --help, -V, --version\n"
	"\n"
	"Exit status: 0 written; 1 not written; 2 wrong usage.\n";

enum {
	OPTION_KEY = 256,
	OPTION_CERT,
	OPTION_KEEP,
	OPTION_CONSOLE,
	OPTION_WAIT,
	OPTION_TOTAL,
	OPTION_CONF,
	OPTION_SYSROOT,
};

static const struct option wrap_options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "sign-key", required_argument, NULL, OPTION_KEY },
	{ "sign-cert", required_argument, NULL, OPTION_CERT },
	{ "keep-command-line", no_argument, NULL, OPTION_KEEP },
	{ "console", required_argument, NULL, OPTION_CONSOLE },
	{ "wait-ms", required_argument, NULL, OPTION_WAIT },
	{ "total-ms", required_argument, NULL, OPTION_TOTAL },
	{ "conf", required_argument, NULL, OPTION_CONF },
	{ "sysroot", required_argument, NULL, OPTION_SYSROOT },
	{ "quiet", no_argument, NULL, 'q' },
	{ "verbose", no_argument, NULL, 'v' },
	KQ_COMMON_OPTIONS,
};

static const struct option unwrap_options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "verbose", no_argument, NULL, 'v' },
	KQ_COMMON_OPTIONS,
};

/* What the command line says. */
struct order {
	const char *in, *out;
	struct kq_signer signer;
	struct kq_settings settings;
	struct kq_host host;
	const char *conf;
	enum kq_loudness loudness;
	bool console_said;
};

static bool parse_option(struct order *order, int option)
{
	switch (option) {
	case 'o':
		order->out = optarg;
		return true;
	case OPTION_KEY:
		order->signer.key = optarg;
		return true;
	case OPTION_CERT:
		order->signer.certificate = optarg;
		return true;
	case OPTION_KEEP:
		order->settings.keep_command_line = true;
		return true;
	case OPTION_CONSOLE:
		order->console_said = true;
		return kq_option_console(optarg, &order->settings.console);
	case OPTION_WAIT:
		return kq_option_milliseconds("wait-ms", optarg, &order->settings.wait_us);
	case OPTION_TOTAL:
		return kq_option_milliseconds("total-ms", optarg, &order->settings.total_us);
	case OPTION_CONF:
		order->conf = optarg;
		return true;
	case OPTION_SYSROOT:
		return kq_option_sysroot(optarg, &order->host.root);
	case 'q':
		order->loudness = KQ_QUIET;
		return true;
	case 'v':
		order->loudness = KQ_VERBOSE;
		return true;
	default:
		return false;
	}
}

/* What of the files that are read OUT is, NULL: none. */
static const char *input_of(const struct order *order)
{
	const struct {
		const char *path, *what;
	} inputs[] = {
		{ order->in, "the image to read" },
		{ order->signer.key, "the key" },
		{ order->signer.certificate, "the certificate" },
		{ order->conf, "the configuration file" },
	};

	for (size_t i = 0; i < IQ_ARRAY_SIZE(inputs); i++)
		if (inputs[i].path && kq_newfile_is(order->out, inputs[i].path))
			return inputs[i].what;
	return NULL;
}

static bool sensible(const struct order *order, int words, const char *command)
{
	if (words != 1)
		kq_warn("%s; see kdump-quiesce %s --help", words ? "more than one image" : "no image", command);
	else if (!order->out)
		kq_warn("-o OUT is missing; see kdump-quiesce %s --help", command);
	else if (input_of(order))
		kq_warn("%s is %s: write another one", order->out, input_of(order));
	else if (!order->signer.key != !order->signer.certificate)
		kq_warn("--sign-key and --sign-cert only make sense together");
	else
		return true;
	return false;
}

/* False: *@status is the exit status. */
static bool take_order(struct order *order, int argc, char *argv[], const struct option *options, const char *usage,
		       int *status)
{
	char who[32];
	int option;

	*status = KQ_WRONG_USAGE;
	optind = 0;
	snprintf(who, sizeof(who), "kdump-quiesce %s", argv[0]);
	while ((option = kq_option_next(argc, argv, ":o:qvhV", options, who)) != -1)
		if (!parse_option(order, option)) {
			*status = kq_option_common(option, usage);
			return false;
		}
	order->in = argv[optind];
	kq_message_setup("kdump-quiesce", order->loudness);
	return sensible(order, argc - optind, argv[0]);
}

/*
 * The policy of the configuration file for the devices of the machine that the image is for. Its IOMMUs are found at
 * the crash: here they only say which devices share requester ids or are left alone.
 */
static bool take_policy(struct order *order, struct kq_reason *reason)
{
	struct kq_conf *conf = calloc(1, sizeof(*conf));
	struct iq_plan *plan = malloc(sizeof(*plan));
	struct kq_reason none;
	bool done;

	if (!conf || !plan)
		done = kq_fail(reason, "out of memory");
	else
		done = kq_conf_read(conf, &order->host, order->conf, reason);
	if (!done && conf)
		kq_conf_tell(conf);
	if (done) {
		kq_conf_apply(conf, &order->settings, order->console_said);
		if (!order->host.root[0] && geteuid() != 0)
			kq_warn("only root sees all that devices can do: which of them share requester ids, or are "
				"left alone, is "
				"not known");
		if (!kq_host_plan(&order->host, plan, &none))
			kq_detail("%s", none.text);
		done = kq_conf_settings(&order->settings, conf, &order->host, plan, reason);
	}
	free(conf);
	free(plan);
	return done;
}

static int finish(const struct order *order, struct kq_imagefile *file, struct kq_made *made, bool done,
		  struct kq_reason *reason)
{
	if (done)
		done = kq_imagefile_write(order->out, made, &order->signer, reason);
	if (!done)
		kq_warn("%s", reason->text);
	free(made->bytes);
	free(file->bytes);
	return done ? EXIT_SUCCESS : EXIT_FAILED;
}

static int run_wrap(int argc, char *argv[])
{
	struct order order = { .host = { "" }, .loudness = KQ_NORMAL };
	const struct kq_wrapping wrapping = {
		.plugin = { kq_plugin_start, (size_t)(kq_plugin_end - kq_plugin_start) },
		.front = { kq_front_start, (size_t)(kq_front_end - kq_front_start) },
		.producer = PACKAGE_STRING,
	};
	struct kq_reason reason = { "" }, why = { "" };
	struct kq_imagefile file;
	struct kq_made made = { NULL, 0 };
	bool done, vendor, unified;
	int status;

	if (!take_order(&order, argc, argv, wrap_options, wrap_usage, &status))
		return status;
	if (!take_policy(&order, &reason)) {
		kq_warn("%s", reason.text);
		return EXIT_FAILED;
	}
	if (order.settings.wait_us > order.settings.total_us) {
		kq_warn("--wait-ms is longer than --total-ms");
		return KQ_WRONG_USAGE;
	}
	done = kq_imagefile_read(&file, order.in, &reason);
	unified = done && file.image.unified;
	vendor = unified || (done && file.image.signature);
	if (done && !kq_wrap(&file.image, &wrapping, &order.settings, &made, &why))
		done = kq_fail(&reason, "%s: %s", order.in, why.text);
	if (done)
		kq_detail("%s: %s; init_size 0x%x, payload 0x%x bytes at 0x%x", order.in, file.image.version,
			  file.image.init_size, file.image.payload_size, file.image.setup_size);
	status = finish(&order, &file, &made, done, &reason);
	if (status)
		return status;
	kq_say("%s written%s", order.out, order.signer.key ? " and signed" : "");
	if (unified)
		kq_say("%s is a unified kernel image: the kernel in it is wrapped, and its initrd and command line are not in %s", order.in,
		       order.out);
	if (vendor && !order.signer.key)
		kq_warn("the signature of %s is not in it: where kernels must be signed, sign it with a key of yours "
			"(--sign-key, --sign-cert)", order.in);
	return EXIT_SUCCESS;
}

static int run_unwrap(int argc, char *argv[])
{
	struct order order = { .loudness = KQ_NORMAL };
	struct kq_reason reason = { "" }, why = { "" };
	struct kq_made made = { NULL, 0 };
	struct kq_wrapped wrapped;
	struct kq_imagefile file;
	bool done;
	int status;

	if (!take_order(&order, argc, argv, unwrap_options, unwrap_usage, &status))
		return status;
	done = kq_imagefile_read(&file, order.in, &reason);
	if (done && kq_wrap_look(&file.image, &wrapped, &why) != KQ_WRAPPED)
		done = kq_fail(&reason, "%s: %s", order.in, why.text[0] ? why.text : "not wrapped");
	if (done && !kq_unwrap(&file.image, &wrapped, &made, &why))
		done = kq_fail(&reason, "%s: %s", order.in, why.text);
	status = finish(&order, &file, &made, done, &reason);
	if (!status)
		kq_say("%s written", order.out);
	return status;
}

const struct kq_command kq_command_wrap = { "wrap", run_wrap, "put the plugin into a kernel image, for any loader", 0 };
const struct kq_command kq_command_unwrap = { "unwrap", run_unwrap, "take the plugin out of a kernel image", 0 };
