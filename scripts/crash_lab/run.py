# SPDX-License-Identifier: GPL-2.0-or-later
"""One run: boot a scenario's machine, crash it, watch DMA from outside, let the capture kernel save its dump.

All that is judged is in `observed`, a dict that `expect` lines and --json show.
"""

import json
import re
import shlex
import shutil
import tempfile
import time
import traceback
import zlib
from dataclasses import dataclass, field
from pathlib import Path

from . import answers, distribution, dump, guest
from .common import LabError, LabTrouble, Unavailable, built, call
from .crash import Crash
from .iommus import IOMMUS, count_requests, requests
from .machine import Machine, aborted
from .memory import BLOCK_MAGIC, FRAME_MAGIC
from .sources import Edu, Storm, count_messages
from .terminal import error_words, mistake, say

# Seconds after the panic's text. DMA that arrives later counts as damage: by then the plugin has run, and the capture kernel
# has not begun, because purgatory still checks its digest.
BOUNDARY = 1.0
SYSTEMS = {"own": guest.Own, "debian": distribution.Debian, "debian-dracut": distribution.Dracut}


@dataclass
class Options:
    """Options of the command line, the same for every run."""
    control: bool = False
    image: str = ""
    modules: str = ""
    build: str = ""
    keep: str = ""


@dataclass
class Result:
    """The outcome of one run: pass, fail or skip, why, how long, and what was observed."""
    scenario: str
    mode: str
    outcome: str = "fail"
    why: str = ""
    seconds: float = 0.0
    live: bool = False      # the machine crashed while every DMA source was active, and the fault was injected
    observed: dict = field(default_factory=dict)
    log_tail: list = field(default_factory=list)


class Stopped(Exception):
    """The run cannot go on. What was observed so far is still judged."""


def run_scenario(scenario, options):
    """Run one scenario and judge it. Never raises for what a guest does; a LabError becomes the result's reason.

    A run proves nothing if it never came to its crash, if QEMU crashed, or if a tool of the lab failed. Such a run is repeated
    once, and the result says so.
    """
    result, void = _run_once(scenario, options)
    if void and not aborted():
        first = result.why
        say(f"{scenario.name}: once more, since {first}")
        for line in result.log_tail:
            say(f"{scenario.name}: | {line}")
        result, _ = _run_once(scenario, options)
        result.why = f"{result.why} (second try; the first: {first})"
    return result


def _run_once(scenario, options):
    """(result, void). Void: the run failed for reasons outside of kdump-quiesce."""
    result = Result(scenario.name, "control" if options.control else "protected")
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="crash-lab.") as work:
        run = Run(scenario, options, Path(work))
        problem, trouble = "", False
        try:
            run.go()
        except Unavailable as error:
            result.outcome, result.why = "skip", str(error)
        except (Stopped, LabError) as error:
            problem, trouble = str(error), isinstance(error, LabTrouble)
        except OSError as error:    # a full disk, for example
            problem, trouble = error_words(error), True
        except Exception as error:  # a mistake in the lab ends this run only; --keep keeps where it was
            problem = mistake(error)
            run.observed["mistake"] = traceback.format_exc()
        finally:
            killed = run.machine is not None and run.machine.killed()
            run.close()
        result.seconds = round(time.monotonic() - begin, 1)
        result.observed, result.live = run.observed, run.live and not killed
        run.observed["times"]["total"] = result.seconds
        if result.outcome != "skip":
            result.outcome, result.why = judge(scenario, options.control, run.observed, problem, run.live)
        if result.outcome == "fail" and run.machine:
            result.log_tail = run.machine.console.tail() if problem else run.said()
        if options.keep:
            _keep(Path(options.keep), result, Path(work))
    return result, result.outcome == "fail" and (killed or trouble or not run.live)


def judge(scenario, control, observed, problem, live):
    """(outcome, why). A control run passes only if all its damage is seen. No run passes if DMA never ran."""
    wanted = scenario["damage"] if control else scenario["expect"]
    seen, missing = [], []
    for item in wanted:
        holds, text = item.holds(observed)
        (seen if holds else missing).append(text if holds else f"{item.where}: `{item.text}`: {text}")
    if not live:
        return "fail", problem or "the DMA sources never ran"
    if missing:
        reason = f"no damage: {missing[0]}" if control else missing[0]
        return "fail", f"{problem}; {reason}" if problem else reason
    if problem and not control:
        return "fail", problem
    return "pass", _summary(seen)


def _summary(seen):
    """A short text of what was seen. Equal values of one observation at several moments are joined."""
    groups = {}
    for text in seen:
        path, _, value = text.partition(" ")
        if value != "as expected":
            head, _, rest = path.partition(".")
            groups.setdefault((head, value), []).append(rest)
    return ", ".join(f"{head} {value} x{len(rest)}" if len(rest) > 1 else f"{'.'.join([head, *filter(None, rest)])} {value}"
                     for (head, value), rest in groups.items())


def _keep(directory, result, work):
    target = directory / (result.scenario + (".control" if result.mode == "control" else ""))
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for path in work.iterdir():
        if path.is_file() and path.suffix not in (".img", ".sock") and path.name != "initrd":
            shutil.copyfile(path, target / path.name)
    (target / "result.json").write_text(json.dumps(vars(result), indent=1), encoding="utf-8")


class Run:
    """The steps of a run, in order; see `go`."""

    def __init__(self, scenario, options, work):
        self.scenario, self.options, self.work = scenario, options, work
        self.observed = {"times": {}}
        self.machine, self.edus, self.storm = None, {}, None
        self.reads = []             # (edu device, moment, begin and end of its read by the host's clock)
        self.live = False           # every DMA source was seen to work before the crash
        self.at = 0                 # console line that the next wait begins with
        self.iommu = scenario["iommu"].split(",")[0]
        self.system = SYSTEMS[scenario["system"]](scenario, options, work)
        self.begin = time.monotonic()
        self.deadline = self.begin + scenario["timeout"]
        self.panic = 0.0

    def go(self):
        self._start()
        self._armed()
        if self.scenario["crash"] == "none":
            self.live = True
            return
        self._sources_live()
        for step in (self._crash, self._capture_starts, self._capture_boots):
            step()
            if self._damage_seen():
                return
        self._dump_saved()

    def said(self):
        """The last lines of loader and plugin: the first to look at when an expectation was not met."""
        return [*self.observed["loader-log"].splitlines()[-8:], *self.observed["plugin"]]

    def close(self):
        if not self.machine:
            return
        self._storm_ends()
        self.machine.close()
        self._logs()
        self._trace()

    def _start(self):
        start = self.system.boot()
        self.symbols = self.system.symbols
        self.begin = time.monotonic()
        self.deadline = self.begin + self.scenario["timeout"]
        self.machine = Machine(self.scenario, self.work, *start)
        (self.work / "command").write_text(shlex.join(self.machine.command) + "\n", encoding="utf-8")

    def _wait(self, pattern, seconds, what):
        """Wait for the next console line that matches. A `LAB failed` line or a timeout ends the run with a reason."""
        seconds *= self.system.PATIENCE
        limit = min(self.deadline, time.monotonic() + seconds)
        found = self.machine.console.wait(f"{pattern}|LAB failed (.*)", self.at, limit)
        if not found:
            if time.monotonic() >= self.deadline:
                raise Stopped(f"{what}: not before the run's {self.scenario['timeout']} s were over")
            if not self.machine.console.closed:
                raise Stopped(f"{what}: not within {seconds} s")
            words = self.machine.last_words()
            raise Stopped(f"{what}: QEMU ended" + (f" ({words})" if words else ""))
        index, moment, match = found
        self.at = index + 1
        if "LAB failed" in match[0]:
            raise Stopped(f"guest: {match[0].partition('LAB failed ')[2]}")
        return index, moment, match

    def _armed(self):
        """The first kernel is up, its DMA sources are set up and the capture kernel is loaded."""
        _, moment, _ = self._wait(r"LAB armed", 300, "first kernel ready to crash")
        self.observed["times"]["armed"] = round(moment - self.begin, 2)
        addresses = {}
        for line in self.machine.console.text(0, self.at):
            self._told(line, lambda word, rest: self._first_word(word, rest, addresses))
        self.symbols.learn(addresses)
        if not self.observed.get("loader", {}).get("loaded") and self.scenario["crash"] != "none":
            raise Stopped("the capture kernel was not loaded")

    @staticmethod
    def _told(line, learn):
        """Let `learn` take what the guest says in a `LAB` line: the word, and what stands behind it."""
        word, _, rest = line.partition("LAB ")[2].partition(" ")
        try:
            learn(word, rest)
        except (ValueError, IndexError, KeyError):
            raise Stopped(f"guest: `{line[:80]}` cannot be understood") from None

    def _first_word(self, word, rest, addresses):
        if word == "first-kernel":      # a second boot: the earlier boot's crash region is ordinary memory again
            self.machine.memory.crash_regions = []
        elif word == "crash-region":
            first, last = rest.split()
            self.machine.memory.crash_regions.append((int(first, 16), int(last, 16)))
        elif word == "loader":
            status, hundredths, loaded = (rest.split() + ["0"])[:3]
            self.observed["loader"] = {"status": int(status), "loaded": int(loaded), "seconds": int(hundredths) / 100}
        elif word == "edu":
            self._add_edu(rest)
        elif word == "kernel-code":
            self.symbols.text = int(rest, 16)
        elif word == "symbol":
            name, address = rest.split()
            addresses.setdefault(name, int(address, 16))
        elif word == "first-status":
            self.observed["first_status"] = int(rest)

    def _add_edu(self, text):
        values = dict(word.split("=", 1) for word in text.split() if "=" in word)
        if "pa" not in values:
            raise Stopped(f"edu device: {text}")
        addresses = [int(values[key], 16) for key in ("bar", "iova", "pa")]
        name = f"edu{len(self.edus) + 1}" if self.edus else "edu"
        self.edus[name] = Edu(self.machine.qtest, *addresses, self.machine.memory.find_reserved)
        self.edus[name].slot = text.split()[0].partition(":")[2].partition(".")[0]

    def _sources_live(self):
        """Check that every DMA source reaches memory before the crash. Otherwise the run proves nothing."""
        if len(self.edus) < len(self.scenario["edu"]):
            raise Stopped("an edu device is missing in the guest")
        for name, edu in self.edus.items():
            edu.arm()
            self._probe_one(name, edu, "before")
            if self.observed[name]["before"] != "written":
                raise Stopped(f"{name} cannot do DMA even before the crash: {self.observed[name]['before']}")
        if self.machine.frames:
            self.machine.frames.start()
            self._appears(FRAME_MAGIC, "the NIC receives nothing before the crash")
        if self.scenario["disk-load"] != "none":
            self._appears(BLOCK_MAGIC, "the disk delivers nothing before the crash")
        self.live = True

    def _appears(self, magic, complaint):
        limit = time.monotonic() + 15
        while not self.machine.memory.find_numbers(magic):
            if time.monotonic() > limit:
                raise Stopped(complaint)
            time.sleep(0.3)

    def _probe_one(self, name, edu, moment):
        self.observed.setdefault(name, {})[moment] = edu.probe()
        if self.scenario.asks_for("reads"):
            begin = time.time()
            edu.read()
            self.reads.append((name, moment, begin, time.time()))

    def _probe(self, moment):
        for name, edu in self.edus.items():
            self._probe_one(name, edu, moment)

    def _crash(self):
        crash = Crash(self.scenario, self.symbols)
        crash.prepare(self.machine, self.iommu, self._wait)
        self.machine.console.send("crash")
        crash.press(self.machine)
        if crash.gate:
            self.first_end = self.at
            self.live = False       # until the crash and the fault are known to have happened
            crash.dead()
            done = crash.go_on(self.machine, self.iommu, self.edus, not self.options.control)
            self.panic = time.monotonic()
        else:
            self.first_end, self.panic, _ = self._wait(self.scenario.architecture.panic, 60, "panic after the crash command")
        if self.scenario["edu-storm"] == "yes":
            self.storm = Storm(self.edus["edu"])
        time.sleep(max(0.0, self.panic + BOUNDARY - time.monotonic()))
        if crash.gate:
            if crash.fault:
                self.observed["fault"] = "; ".join(filter(None, (done, crash.finish()))) or "none without the plugin"
            self.live = True
        self.boundary_clock = time.time()
        self.frames_since = {"frames_after_crash": self._next_frame()}
        self.blocks = self._blocks()
        self.old_memory = self.machine.memory.fingerprint() if self.scenario.asks_for("old_pages_changed") else {}
        self._probe("after-panic")

    def _compare_old_memory(self):
        """Count pages of the old kernel's memory that changed: only DMA can have written them by now."""
        if not self.old_memory:
            return
        for edu in self.edus.values():
            edu.scribble()
        now = self.machine.memory.fingerprint()
        self.observed["old_pages_changed"] = sum(1 for page in now if self.old_memory.get(page, zlib.crc32(bytes(4096)))
                                                 != now[page])

    def _storm_ends(self):
        if self.storm:
            self.storm.stop()
            self.storm = None

    def _next_frame(self):
        return self.machine.frames.next if self.machine.frames else 0

    def _blocks(self):
        return self.machine.memory.find_numbers(BLOCK_MAGIC) if self.scenario["disk-load"] != "none" else set()

    def _capture_starts(self):
        self.observed["capture"] = "did not start"
        self.at = self.first_end
        index, moment, _ = self._wait(r"Linux version", 150, "capture kernel's first words")
        self.capture_begin = index
        self.observed["times"]["capture_start"] = round(moment - self.panic, 2)
        self.frames_since["frames_after_capture_start"] = self._next_frame()
        self.observed["capture"] = "did not reach user space"
        self._probe("capture-start")

    def _capture_boots(self):
        before = self.at
        self._wait(f"{IOMMUS[self.iommu].ready}|{self.system.READY}", 150, "capture kernel's IOMMU driver")
        self.frames_since["frames_after_iommu_init"] = self._next_frame()
        self._probe("iommu-init")
        self.at = before
        _, moment, _ = self._wait(self.system.READY, 150, "capture kernel's user space")
        self.observed["times"]["ready"] = round(moment - self.panic, 2)
        self.observed["capture"] = "booted"
        self._storm_ends()
        self._probe("ready")
        self._compare_old_memory()
        for form in [] if self.options.control else self.scenario["qemu-dump"]:
            self._dump_from_outside(form)
        self._look()

    def _look(self):
        """Observe what arrived in the old kernel's memory between the boundary and now."""
        self.look_clock = time.time()
        if self.machine.frames:
            found = self.machine.memory.find_numbers(FRAME_MAGIC)
            for name, start in self.frames_since.items():
                self.observed[name] = sum(1 for number in found if number >= start)
            self.observed["frames_sent_after_crash"] = self._next_frame() - self.frames_since["frames_after_crash"]
        if self.scenario["disk-load"] != "none":
            self.observed["blocks_after_crash"] = len(self._blocks() - self.blocks)

    def _dump_from_outside(self, form):
        """Let QEMU write a dump of the guest while the capture kernel runs, without /proc/vmcore."""
        seen = self.observed.setdefault("dumps", {}).setdefault(f"qemu-{form}", {"status": 0})
        try:
            self.machine.monitor.command("dump-guest-memory", paging=False, protocol=f"file:dump-qemu-{form}", format=form)
        except LabError as error:
            seen["status"] = str(error)

    def _damage_seen(self):
        """Is the control run over? It ends when all its damage is seen, unless `damage` asks for the dump."""
        if not self.options.control or any(item.path == "dump" for item in self.scenario["damage"]) and "dump" not in self.observed:
            return False
        self._look()
        self._logs()
        self._trace()
        return all(item.holds(self.observed)[0] for item in self.scenario["damage"])

    def _dump_saved(self):
        self.observed["dump"] = "none"
        start = self.at
        try:
            if self.system.WAITS:
                self.machine.console.send("go")
            if self.scenario.asks_for_moment("before-dump"):
                self._wait(self.system.BEFORE_DUMP, 300, "the moment before the dump")
                self._probe("before-dump")
            _, moment, _ = self._wait(self.system.DONE, 300, "end of the capture kernel's work")
        finally:
            self._capture_words(self.machine.console.text(start))
        self.observed["times"]["dump"] = round(moment - self.panic, 2)
        self.machine.finish(10)
        self.machine.close()
        if self.system.fetch():
            self._examine_dump()

    def _capture_words(self, lines):
        self.guest_md5 = ""
        for line in lines:
            self._told(line, self._capture_word)

    def _capture_word(self, word, rest):
        if word == "nic":
            self.observed["nic"] = rest
        elif word == "capture-status":
            self.observed["capture_status"] = int(rest)
        elif word == "dump":
            status, hundredths = rest.split()[:2]
            self.observed["makedumpfile"] = {"status": int(status), "seconds": int(hundredths) / 100}
        elif word == "also-dump":
            name, status = rest.split()
            self.observed.setdefault("dumps", {})[name] = {"status": int(status)}
        elif word == "dump-md5":
            self.guest_md5 = rest.split()[0]

    def _examine_dump(self):
        """Check that the dump from the disk is complete and equals what the guest wrote. Then ask iommu-inspect about it."""
        path = self.work / "dump"
        if not path.exists() or not path.stat().st_size:
            self.observed["dump"] = "no file on its disk"
            return
        self.observed["dump_bytes"] = path.stat().st_size
        self.observed["dump_format"], wrong = dump.examine(path)
        status = self.observed.get("makedumpfile", {}).get("status")
        if status:
            wrong = f"makedumpfile's exit status was {status}"
        elif not wrong and self.system.WAITS and self.guest_md5 != call(["md5sum", path]).split()[0]:
            wrong = "not what the guest wrote: checksums differ"
        self.observed["dump"] = wrong or "saved"
        inspect = built(self.options.build, "iommu-inspect")
        if inspect and not self.options.control:
            try:
                self.observed["record"] = json.loads(call([inspect, path, "record", "--json"]))
            except (LabError, ValueError) as error:
                self.observed["record"] = f"unreadable: {error}"
            self._compare_dumps(inspect)
            self._examine_evidence(inspect)

    def _examine_evidence(self, inspect):
        """Read what the capture system left beside the dump: iommu-reconcile's report, its log, and the saved tables."""
        for name in ("report", "reconcile-log"):
            if (self.work / name).exists():
                self.observed[name] = (self.work / name).read_text(encoding="utf-8", errors="backslashreplace")
        snapshot = self.work / "snapshot"
        if snapshot.exists():
            source = "record" if isinstance(self.observed["record"], dict) else "symbols"
            try:
                expected = answers.of(inspect, [self.work / "dump"], source)
                self.observed["snapshot"] = answers.compare(expected, inspect, [snapshot], source)
            except (LabError, ValueError) as error:
                self.observed["snapshot"] = str(error)

    def _compare_dumps(self, inspect):
        """Compare iommu-inspect's answers from every dump of the run, by the record and by the kernel's symbols."""
        dumps = self.observed.get("dumps", {})
        if not dumps:
            return
        expected = answers.of(inspect, [self.work / "dump"])
        dumps["first"] = {"status": self.observed.get("makedumpfile", {}).get("status")}
        for name, seen in dumps.items():
            files = [self.work / "dump"] if name == "first" else sorted(self.work.glob(f"dump-{name}*"))
            if not files:
                seen["format"] = "no file"
                continue
            seen["format"], seen["bytes"] = dump.examine(files[0])[0], sum(path.stat().st_size for path in files)
            for source in ("record", "symbols"):
                seen[source] = answers.compare(expected, inspect, files, source)

    def _logs(self):
        """Split the console's text into the logs that expectations look at."""
        lines = self.machine.console.text()
        capture = getattr(self, "capture_begin", len(lines))
        end = getattr(self, "first_end", capture)
        dmesg = self.work / "dmesg"
        kernel_log = dmesg.read_text(encoding="utf-8", errors="backslashreplace") if dmesg.exists() else ""
        loader = [line.partition("LAB| load: ")[2] for line in lines if line.startswith("LAB| load: ")]
        self.observed["first-log"] = "\n".join(lines[:end])
        self.observed["loader-log"] = "\n".join(loader)
        self.observed["crash-log"] = "\n".join(lines[end:capture])
        self.observed["capture-log"] = "\n".join(lines[capture:]) + "\n" + kernel_log
        self.observed["plugin"] = [line for line in lines[end:capture] if "kdump-quiesce" in line]

    def _trace(self):
        if not hasattr(self, "look_clock"):
            return
        found = requests(self.iommu, self.machine.trace)
        passed, refused = count_requests(found, self.boundary_clock, self.look_clock)
        self.observed["translations_after_crash"] = sum(passed.values())
        self.observed["faults_after_crash"] = sum(refused.values())
        if self.scenario["edu-storm"] == "yes":
            self.observed["messages_after_crash"] = count_messages(self.scenario.architecture, self.machine.trace,
                                                                   self.boundary_clock, self.look_clock)
        self.observed["trace"] = {"translated": passed, "refused": refused}
        for name, moment, begin, end in self.reads:
            through = any(device.startswith(self.edus[name].slot + ".") for device in count_requests(found, begin, end)[0])
            self.observed.setdefault("reads", {}).setdefault(name, {})[moment] = "read" if through else "refused"
        usable = [(int(first, 16), int(last, 16)) for first, last in
                  re.findall(self.scenario.architecture.usable, self.observed["capture-log"])]
        self.observed["sunk_in_use"] = sum(1 for edu in self.edus.values() for place in edu.sunk
                                           if any(first <= place <= last for first, last in usable))
