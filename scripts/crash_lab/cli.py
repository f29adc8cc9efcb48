# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line of crash-lab: list, prepare, run; progress on stderr, one line a scenario on stdout."""

import argparse
import functools
import json
import os
import re
import signal
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import campaign, debian, draw, kernels, packages, pairs, report, scenario
from .architectures import ARCHITECTURES, DEFAULT
from .common import TOP, LabError, Unavailable, built, cache_dir, cache_place, read_bytes
from .expect import OBSERVATIONS
from .faults import FAULTS
from .machine import abort_all
from .moments import MOMENTS
from .run import Options, Result, run_scenario
from .terminal import answer, answer_lines, begin, error_words, forget, mistake, say

DEFAULT_JOBS = min(4, os.cpu_count() or 1)
MOST_RUNS = 1000000
HELP_WIDTH = 110


def _table(rows, indent):
    """Names and what they mean as lines of help; the second column begins at `indent`."""
    return "\n".join(textwrap.fill(text, HELP_WIDTH, initial_indent=f"  {name}".ljust(indent), subsequent_indent=" " * indent,
                                   break_long_words=False, break_on_hyphens=False) for name, text in rows.items())


def _epilog():
    keys = _table({name: spec.help + (" (list)" if spec.many else "") + (f" [{spec.default}]" if spec.default else "")
                   for name, spec in scenario.KEYS.items()}, 19)
    seen = _table(OBSERVATIONS, 30)
    died, wrong = (_table({name: one.help for name, one in table.items()}, 25) for table in (MOMENTS, FAULTS))
    return f"""\
A run boots a scenario's machine in QEMU, loads a capture kernel under `kdump-quiesce exec`, crashes the first
kernel while devices do DMA, watches that DMA from outside the guest, and lets the capture kernel save a dump.
With --control kdump-quiesce is not used, and the run passes only if the damage that the scenario names is seen.

A scenario is a file of `key = value` lines; `include = FILE` reads another file at that place. Keys:
{keys}

`expect` and `damage` lines are `NAME OPERATOR VALUE` (== != < <= > >=, and ~ !~ for regular expressions) or `NAME WORD`:
  frames_after_crash == 0
  edu.after-panic blocked
  capture-log ~ "Copied DEV table|Reused DEV table"
  record.stages.*.status ok             (dots lead into nested JSON; * means every element)
Moments:
{died}

Faults:
{wrong}

Observations (the boundary is 1 s after the panic's text; at `ready` the capture kernel has reached user space):
{seen}

Downloads are kept in {cache_place()}; CRASH_LAB_CACHE names another place.
Exit status: 0 all passed, 1 some failed, 2 wrong usage or the lab itself cannot run."""


class Parser(argparse.ArgumentParser):
    """An argument parser whose error message is one line, and whose help fails if it cannot be written."""

    def error(self, message):
        say(f"{message}; see {self.prog} --help")
        sys.exit(2)

    def _print_message(self, message, file=None):
        (file or sys.stdout).write(message)


def _version():
    return re.search(r"AC_INIT\(\[[^]]*\], \[([^]]*)\]", (TOP / "configure.ac").read_text(encoding="utf-8"))[1]


def _parser():
    parser = Parser(prog="crash-lab", formatter_class=argparse.RawDescriptionHelpFormatter,
                                     description="Crash real kernels in QEMU under live DMA and see whether the dump survives.",
                                     epilog=_epilog())
    parser.add_argument("-V", "--version", action="version", version=f"crash-lab {_version()}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    commands.add_parser("help", help="this text")
    commands.add_parser("list", help="list the scenarios and what each shows")
    prepare = commands.add_parser("prepare", help="install and download everything that runs need")
    prepare.add_argument("--refresh", action="store_true", help="remove the cache first and download everything again")
    _architecture(prepare)
    kernel = commands.add_parser("kernel", help="download and unpack one kernel; print the path of its image")
    kernel.add_argument("kernel", metavar="NAME", nargs="?", default="default", choices=tuple(kernels.KERNELS),
                        help=f"one of {', '.join(kernels.KERNELS)} (default: default)")
    _architecture(kernel)
    run = commands.add_parser("run", help="run scenarios", epilog=_epilog(),
                              formatter_class=argparse.RawDescriptionHelpFormatter)
    run.add_argument("--control", action="store_true", help="without the plugin; pass only if the damage is seen")
    run.add_argument("--kernel", metavar="VMLINUZ", default="", help="use this kernel as first and as capture kernel")
    run.add_argument("--modules", metavar="DIR", default="", help="modules of that kernel (/lib/modules/VERSION)")
    run.add_argument("--build", metavar="DIR", default="", help="build directory of kdump-quiesce (default: build, then the top)")
    run.add_argument("--keep", metavar="DIR", default="", help="keep logs, dump and result of every run in DIR")
    run.add_argument("--json", metavar="FILE", default="", help="write all observations to FILE")
    run.add_argument("--set", metavar="KEY=VALUE", action="append", default=[], help="override a key of the scenarios")
    run.add_argument("-j", "--jobs", metavar="N", type=int, default=DEFAULT_JOBS,
                     help=f"run N machines at the same time (default {DEFAULT_JOBS})")
    compare = commands.add_parser("compare", help="show a control run and a protected run, written with --json, side by side")
    compare.add_argument("control", metavar="CONTROL.json")
    compare.add_argument("protected", metavar="PROTECTED.json")
    run.add_argument("scenario", nargs="+", metavar="SCENARIO", help="a name from `list`, a path, or all")
    _campaign_parser(commands)
    return parser


def _architecture(parser):
    parser.add_argument("--architecture", metavar="NAME", choices=tuple(ARCHITECTURES), default=DEFAULT,
                        help=f"CPU architecture of the guests: {', '.join(ARCHITECTURES)} (default {DEFAULT})")


def _campaign_parser(commands):
    parser = commands.add_parser(
        "campaign", help="run random pairs: without the plugin and with it",
        description="Run random pairs. A pair is one machine that is crashed twice, without the plugin and with it. "
        "Machine, IOMMU, kernel, devices, mode, carrier, moment of the crash and at most one fault follow from the pair's seed "
        "alone. A pair is bad if the capture kernel booted, or saved its dump, less often with the plugin.",
        epilog="Exit status: 0 no pair is bad, 1 some are, 2 wrong usage or the lab itself cannot run.")
    option = parser.add_argument
    option("--runs", metavar="N", type=int, default=1, help="run N pairs (default 1), with seeds S to S + N - 1")
    option("--seed", metavar="S", type=int, default=0, help="the first pair's seed (default 0)")
    option("--replay", metavar="SEED", type=int, nargs="+", default=[], help="run only these pairs, and keep their files")
    _architecture(parser)
    option("--draw", action="store_true", help="print the scenarios and run nothing")
    option("--state", metavar="FILE", default="", help="record finished pairs in FILE; do not run pairs again that are in it")
    option("--keep", metavar="DIR", default="", help="keep logs, dumps and results of bad and void pairs in DIR")
    option("--build", metavar="DIR", default="", help="build directory of kdump-quiesce (default: build, then the top)")
    option("--json", metavar="FILE", default="", help="write tables and pairs to FILE")
    option("-j", "--jobs", metavar="N", type=int, default=DEFAULT_JOBS,
           help=f"run N machines at the same time (default {DEFAULT_JOBS})")


def main(argv=None):
    """Run one command and return its exit status. Whatever goes wrong is said in one line."""
    # SIGTERM ends the lab as Ctrl-C does: machines and temporary files are removed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    threading.excepthook = lambda hook: say(mistake(hook.exc_value))
    try:
        begin()
        try:
            return _command(argv)
        finally:        # --help exits
            sys.stdout.flush()
    except BrokenPipeError:     # whoever reads has seen enough
        forget()
        return 128 + signal.SIGPIPE
    except KeyboardInterrupt:
        say("interrupted")
        return 130
    except LabError as error:
        problem = str(error)
    except OSError as error:
        forget()
        problem = error_words(error)
    except Exception as error:
        problem = mistake(error)
    say(problem)
    return 2


def _command(argv):
    parser = _parser()
    arguments = parser.parse_args(argv)
    commands = {"help": lambda _: parser.print_help() or 0, "list": _list, "prepare": _prepare, "kernel": _kernel, "run": _run,
                "compare": _compare, "campaign": _campaign}
    return commands[arguments.command](arguments)


def _list(_):
    for name in scenario.names():
        item = scenario.load(name)
        answer(f"{name:26}{item['about']}{' (slow)' if item['slow'] == 'yes' else ''}")
    return 0


def _prepare(arguments):
    chosen = ARCHITECTURES[arguments.architecture]
    packages.ensure_host_programs([chosen])
    if arguments.refresh:
        kernels.forget()
    kernels.guest_tools(chosen)
    for source in ("edu-dma.c", "disk-load.c"):
        kernels.helper(source, chosen)
    for what, fetch in [*((f"kernel {name}", functools.partial(kernels.kernel, name)) for name in kernels.KERNELS),
                        ("the newest kexec-tools", kernels.newest_kexec), ("a Debian guest", debian.tree)]:
        try:
            fetch(chosen)
        except Unavailable as error:
            say(f"{what} cannot be had, its scenarios will be skipped: {error}")
    answer(f"ready: {cache_dir()}")
    return 0


def _kernel(arguments):
    answer(str(kernels.kernel(arguments.kernel, ARCHITECTURES[arguments.architecture]).image))
    return 0


def _compare(arguments):
    """One table for each scenario that is in both files."""
    control, protected = (_results(path) for path in (arguments.control, arguments.protected))
    both = [name for name in control if name in protected]
    if not both:
        raise LabError("no scenario is in both files")
    for name in both:
        try:
            table = report.comparison(control[name], protected[name])
        except (LookupError, TypeError, ValueError, AttributeError):
            raise LabError(f"{arguments.control} or {arguments.protected}: what it says of {name} is not what `crash-lab run --json` "
                           "writes") from None
        answer_lines(f"{name}\n\n{table}\n")
    return 0


def _results(path):
    try:
        document = json.loads(read_bytes(path))
        return {result["scenario"]: result for result in document["results"]}
    except (ValueError, LookupError, TypeError, RecursionError):
        raise LabError(f"{path}: not a file that `crash-lab run --json` wrote") from None


def _settings(texts):
    pairs = []
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals:
            raise LabError(f"--set {text}: not KEY=VALUE")
        pairs.append((key.strip(), value.strip()))
    return pairs


def _can_write(arguments):
    """Check that the output files can be written, before hours of runs and not after them."""
    if arguments.build and not os.path.isdir(arguments.build):
        raise LabError(f"--build {arguments.build}: no such directory")
    if arguments.keep:
        os.makedirs(arguments.keep, exist_ok=True)
    for path in filter(None, (arguments.json, getattr(arguments, "state", ""))):
        open(path, "ab").close()


def _run(arguments):
    if bool(arguments.kernel) != bool(arguments.modules):
        raise LabError("--kernel and --modules go together")
    if arguments.jobs < 1:
        raise LabError("-j wants a number from 1 on")
    wanted = [name for word in arguments.scenario for name in (scenario.names() if word == "all" else [word])]
    scenarios = [scenario.load(name, _settings(arguments.set)) for name in wanted]
    _can_write(arguments)
    options = Options(arguments.control, arguments.kernel, arguments.modules, arguments.build, arguments.keep)
    if options.image:
        kernels.Kernel("given", options.image, options.modules, scenarios[0].architecture)
    if not options.control and not built(options.build, "kdump-quiesce"):
        raise LabError("kdump-quiesce is not built: run make, or pass --build DIR (or --control to run without it)")
    packages.ensure_host_programs({item["architecture"]: item.architecture for item in scenarios}.values())
    results = run_all(scenarios, options, arguments.jobs, _print_result)
    if arguments.json:
        write_json(arguments.json, results)
    counts = {outcome: sum(result.outcome == outcome for result in results) for outcome in ("pass", "fail", "skip")}
    answer(f"{counts['pass']} passed, {counts['fail']} failed" + (f", {counts['skip']} skipped" if counts["skip"] else ""))
    return 1 if counts["fail"] else 0


def _campaign(arguments):
    if arguments.jobs < 1 or not 1 <= arguments.runs <= MOST_RUNS:
        raise LabError(f"-j wants a number from 1 on, --runs one from 1 to {MOST_RUNS}")
    _can_write(arguments)
    chosen = ARCHITECTURES[arguments.architecture]
    seeds = arguments.replay or list(range(arguments.seed, arguments.seed + arguments.runs))
    if arguments.draw:
        for seed in seeds:
            answer_lines(draw.draw(seed, chosen).text())
        return 0
    if not built(arguments.build, "kdump-quiesce"):
        raise LabError("kdump-quiesce is not built: run make, or pass --build DIR")
    packages.ensure_host_programs([chosen])
    keep = arguments.keep or ("crash-lab-replay" if arguments.replay else "")
    state = campaign.State("" if arguments.replay else arguments.state, chosen)
    done = campaign.run_all(seeds, chosen, arguments.build, arguments.jobs, state, keep, bool(arguments.replay))
    answer_lines(pairs.text(done))
    if arguments.json:
        document = {"version": 1, "draw": draw.VERSION, "tables": pairs.table(done), "pairs": done}
        Path(arguments.json).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    bad = [pair for pair in done if pair["verdict"] == pairs.BAD]
    for pair in bad:
        answer(f"bad: {campaign.line(pair)}")
    answer(f"{len(done) - len(bad)} passed, {len(bad)} failed")
    return 1 if bad else 0


def run_all(scenarios, options, jobs, done):
    """Run scenarios, `jobs` at a time, slow ones first; `done` is called with each result, in the order of the scenarios.

    A slow scenario that starts last would run alone.
    """
    def one(item):
        say(f"{item.name}: running" + (" (control)" if options.control else ""))
        try:
            return run_scenario(item, options)
        except (LabError, OSError) as error:
            return Result(item.name, "control" if options.control else "protected", "fail", str(error))

    results = []
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        first = sorted(range(len(scenarios)), key=lambda index: scenarios[index]["slow"] == "no")
        futures = {index: pool.submit(one, scenarios[index]) for index in first}
        try:
            for index in range(len(scenarios)):
                results.append(futures[index].result())
                done(results[-1])
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            abort_all()
            raise
    return results


def _print_result(result):
    name = result.scenario + (" (control)" if result.mode == "control" else "")
    answer(f"{result.outcome:5}{name:34}{result.seconds:6.1f} s  {result.why}")
    for line in result.log_tail:
        say(f"{name}: | {line}")


def write_json(path, results):
    """All observations, logs included, for other programs."""
    document = {"version": 1, "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                "results": [{key: value for key, value in vars(result).items() if key != "log_tail"} for result in results]}
    Path(path).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
