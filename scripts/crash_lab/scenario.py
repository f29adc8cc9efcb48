# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads scenario files: `key = value` lines that describe a machine, a crash and the expected result.

A line that begins with # is a comment. `include = FILE` reads another file (relative to this one) in place.
A later value replaces an earlier one; keys marked as lists collect theirs, and an empty value clears them.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from .architectures import ARCHITECTURES, DEFAULT
from .common import SCENARIOS, LabError, read_bytes
from .expect import Expectation
from .faults import FAULTS
from .kernels import KERNELS, KEXECS
from .moments import MOMENTS as CRASHES

SUFFIX = ".scenario"
LARGEST = 1 << 20       # bytes of a file
MOMENTS = ("before", "after-panic", "capture-start", "iommu-init", "ready", "before-dump")
EDU_MODES = ("identity", "translated")
QEMU_DUMPS = ("elf", "kdump-zlib", "kdump-lzo", "kdump-snappy")
NICS = ("e1000e", "e1000")


@dataclass(frozen=True)
class Key:
    """A key. `default` None means that it must be given. Its value is one of `choices`, with `more` behind that."""
    help: str
    default: str = ""
    many: bool = False
    choices: tuple = ()
    more: bool = False


# {key: field of the architecture that has its default}. Of a table the first entry is the default.
BY_ARCHITECTURE = {"machine": "machine", "cpu": "cpu", "firmware": "firmwares", "iommu": "iommus"}


def _default(key, architecture=DEFAULT):
    values = getattr(ARCHITECTURES[architecture], BY_ARCHITECTURE[key])
    return values if isinstance(values, str) else next(iter(values))


KEYS = {
    "about": Key("one line on what the scenario shows", None),
    "system": Key("own: the lab's own small guest; debian: Debian whose stock kdump-tools load, save the dump and reboot; "
                  "debian-dracut: Debian with a capture initramfs built by dracut",
                  "own", choices=("own", "debian", "debian-dracut")),
    "slow": Key("yes: takes minutes, so it is started before all others", "no", choices=("yes", "no")),
    "architecture": Key("CPU architecture of the guest", DEFAULT),
    "machine": Key("QEMU machine type and its options", _default("machine")),
    "firmware": Key("bios, uefi, or secure-boot: the first kernel is locked down, the capture kernel wrapped and signed",
                    _default("firmware")),
    "boot": Key("how a first kernel without UEFI is started: direct (uncompressed, which saves seconds) or image (as a boot loader "
                "starts it, each time at another place in memory)", "direct", choices=("direct", "image")),
    "memory": Key("size of RAM: 2G, 6144M", "2G"),
    "cpus": Key("number of CPUs, up to 64", "2"),
    "cpu": Key("QEMU CPU model and its options", _default("cpu")),
    "iommu": Key("amd-iommu, intel-iommu or none, with QEMU options after a comma", _default("iommu")),
    "device": Key("a QEMU device, as after -device", many=True),
    "edu": Key("identity or translated [QEMU options]: an edu device, with which the host does DMA at moments of the crash",
               many=True, choices=EDU_MODES, more=True),
    "edu-storm": Key("yes: after the panic the first edu device sends interrupt messages all the time", "no",
                     choices=("yes", "no")),
    "nic": Key("e1000e or e1000 [QEMU options]: a card that receives numbered frames all the time",
               "none", choices=(*NICS, "none"), more=True),
    "disk-load": Key("nvme [QEMU options]: a slow disk with many reads in flight", "none", choices=("nvme", "none"),
                     more=True),
    "kernel": Key("default, 6.12 or newest", "default", choices=tuple(KERNELS)),
    "capture-kernel": Key("default, 6.12 or newest: the capture kernel, if it is not the first kernel", "", choices=(*KERNELS, "")),
    "kexec": Key("kexec-tools: default or newest", "default", choices=tuple(KEXECS)),
    "crashkernel": Key("value of crashkernel= on the first kernel's command line", "256M"),
    "cmdline": Key("words added to the first kernel's command line", many=True),
    "capture-cmdline": Key("words added to the capture kernel's command line", many=True),
    "module": Key("a kernel module that `first` or `capture` lines load with load_module NAME", many=True),
    "first": Key("shell line run in the first kernel, before the capture kernel is loaded", many=True),
    "conf": Key("a line of the kdump-quiesce.conf that $PROTECT reads; other commands take $CONF as an option to read it",
                many=True),
    "load": Key('shell line that loads the capture kernel: $PROTECT is `kdump-quiesce exec ... --` or, in a control '
                'run, nothing; "$@" is --command-line=... --initrd=... IMAGE', many=True),
    "crash": Key("shell line that crashes the first kernel; none: no crash, only the load is judged",
                 "echo c >/proc/sysrq-trigger"),
    "moment": Key("crash in one of the moments below, instead of by the line `crash`", "", choices=(*CRASHES, "")),
    "fault": Key("a fault below that is injected after the crash, and perhaps a number: the seed of its random choices", "",
                 choices=(*FAULTS, ""), more=True),
    "capture": Key("shell line run in the capture kernel before the dump is saved", many=True),
    "dump": Key("command that saves the dump; /proc/vmcore and a file name are appended; or none", "makedumpfile -l -d 31"),
    "also-dump": Key("NAME and a shell line that saves a further dump of /proc/vmcore, to $OUT or to files whose names begin "
                     "with it",
                     many=True),
    "qemu-dump": Key("format of a dump that QEMU takes while the capture kernel runs (dump-guest-memory)",
                     many=True, choices=QEMU_DUMPS),
    "dump-disk": Key("nvme, virtio-blk or none", "nvme", choices=("nvme", "virtio-blk", "none")),
    "expect": Key("an expectation that must hold with the plugin", many=True),
    "damage": Key("an expectation that must hold in a control run, without the plugin: it shows the damage", many=True),
    "timeout": Key("seconds that a run may take", "600"),
}
DEFAULT_LOADS = {
    "debian": ["systemctl start kdump-tools", "journalctl -b -o cat --no-pager -u kdump-tools", "cat /var/crash/kexec_cmd"],
    "debian-dracut": ['$PROTECT kexec -p --command-line="$(sed "s/crashkernel=[^ ]*//" /proc/cmdline) reset_devices nr_cpus=1 '
                      'irqpoll loglevel=7" --initrd=/boot/dracut-kdump.img /boot/vmlinuz-$(uname -r)'],
}
# Keys that have no meaning with a distribution: it decides these things itself.
OWN_ONLY = ("conf", "moment", "fault", "kernel", "capture-kernel", "kexec", "firmware", "capture", "capture-cmdline", "also-dump",
            "dump", "module")


class Scenario:
    """A parsed scenario. `scenario["cpus"]` is a value; `scenario["device"]`, a list key, is a list of values."""

    def __init__(self, name, path):
        self.name, self.path = name, path
        self.values = {key: ([] if spec.many else spec.default) for key, spec in KEYS.items()}
        self.places = {}

    def __getitem__(self, key):
        return self.values[key]

    @property
    def architecture(self):
        """The entry of its architecture."""
        return ARCHITECTURES[self["architecture"]]

    def put(self, key, value, where):
        """Set a value, or add one to a list. `where` is kept for messages."""
        if key not in KEYS:
            raise LabError(f"{where}: unknown key `{key}`")
        spec = KEYS[key]
        chosen = value.split()[0] if spec.more and value else value
        if spec.choices and chosen not in spec.choices and not (spec.many and not value):
            raise LabError(f"{where}: {key} is `{value}`, not one of: " + ", ".join(c for c in spec.choices if c))
        if not spec.many:
            self.values[key] = value
            self.places[key] = where
        elif value:
            self.values[key].append(value)
            self.places.setdefault(key, []).append(where)
        else:
            self.values[key], self.places[key] = [], []

    def where(self, key):
        return self.places.get(key) or self.path

    def finish(self):
        """Check the scenario as a whole; parse numbers and expectations."""
        for key, spec in KEYS.items():
            if spec.default is None and not self[key]:
                raise LabError(f"{self.path}: `{key}` is missing")
        self._ask_architecture()
        self.values["cpus"] = self._number("cpus", 1, 64)
        self.values["timeout"] = self._number("timeout", 10, 3600)
        self.values["memory"] = self._size("memory")
        self.values["load"] = self["load"] or DEFAULT_LOADS.get(self["system"], [self.architecture.load])
        for key in OWN_ONLY if self["system"] != "own" else ():
            if self.places.get(key):
                raise LabError(f"{self.places[key]}: {key} is for the lab's own guest, not for system = {self['system']}")
        if self["system"] != "own" and self["dump-disk"] == "none":
            raise LabError(f"{self.where('dump-disk')}: system = {self['system']} is on the dump-disk, which is none")
        for text in self["also-dump"]:
            if not re.match(r"[a-z0-9-]+ .*\$OUT", text):
                raise LabError(f"{self.path}: also-dump is `{text}`, not a name and a line that writes $OUT")
        for key in ("expect", "damage"):
            if not self[key]:
                raise LabError(f"{self.path}: no `{key}` line: a scenario without one cannot fail")
            self.values[key] = [Expectation(text, where) for text, where in zip(self[key], self.places[key])]
        self._check_observed()
        if not re.fullmatch("([^ ]+( [0-9]{1,18})?)?", self["fault"]):
            raise LabError(f"{self.where('fault')}: fault is `{self['fault']}`, not a name and perhaps a number")
        if len({text.split()[0] for text in self["edu"]}) > 1 or len(self["edu"]) > 2:
            raise LabError(f"{self.path}: at most two edu devices, of one mode")
        return self

    def _ask_architecture(self):
        """Fill in the architecture's defaults; refuse what the architecture does not have."""
        if self["architecture"] not in ARCHITECTURES:
            raise LabError(f"{self.where('architecture')}: architecture is `{self['architecture']}`, not one of: "
                           + ", ".join(ARCHITECTURES))
        entry = self.architecture
        for key in BY_ARCHITECTURE:
            if key not in self.places:
                self.values[key] = _default(key, entry.name)
        for key, choices in {"machine": (entry.machine,), "firmware": entry.firmwares, "iommu": entry.iommus}.items():
            if self[key].split(",")[0] not in choices:
                raise LabError(f"{self.where(key)}: {key} is `{self[key]}`, not one of {entry.name}: " + ", ".join(choices))
        if self["edu-storm"] == "yes" and not self["edu"]:
            raise LabError(f"{self.where('edu-storm')}: edu-storm is for a scenario with an edu device")
        if self["edu-storm"] == "yes" and not entry.interrupt:
            raise LabError(f"{self.where('edu-storm')}: interrupts of {entry.name} are not traced")

    def _check_observed(self):
        """Refuse an expectation about a device that the scenario does not have: it could never be met."""
        have = {"edu": len(self["edu"]) > 0, "edu2": len(self["edu"]) > 1, "frames_after_crash": self["nic"] != "none",
                "frames_after_capture_start": self["nic"] != "none", "frames_after_iommu_init": self["nic"] != "none",
                "dumps": self["also-dump"] or self["qemu-dump"], "reads": len(self["edu"]) > 0,
                "old_pages_changed": len(self["edu"]) > 0, "sunk_in_use": len(self["edu"]) > 0,
                "nic": self["nic"] != "none", "blocks_after_crash": self["disk-load"] != "none",
                "messages_after_crash": self["edu-storm"] == "yes"}
        for item in self["expect"] + self["damage"]:
            head, *rest = item.path.split(".")
            if not have.get(head, True):
                raise LabError(f"{item.where}: `{item.text}`: the scenario has no such device")
            if head == "reads" and not (rest and have.get(rest[0], False)):
                raise LabError(f"{item.where}: `{item.path}`: of which edu device?")
            if head == "reads":
                head, *rest = rest
            if head in ("edu", "edu2") and (len(rest) != 1 or rest[0] not in (*MOMENTS, "*")):
                raise LabError(f"{item.where}: `{item.path}`: the moments are " + ", ".join(MOMENTS))

    def fault(self):
        """(name, number) of the fault; ("", 0) without one."""
        name, _, number = self["fault"].partition(" ")
        return name, int(number or 0)

    def asks_for(self, name):
        """Does any expectation look at this observation?"""
        return any(item.path.split(".")[0] == name for item in self["expect"] + self["damage"])

    def asks_for_moment(self, moment):
        """Does any expectation look at this moment?"""
        return any(moment in item.path.split(".")[1:] for item in self["expect"] + self["damage"])

    def _number(self, key, low, high):
        text = self[key]
        if not re.fullmatch("[0-9]{1,9}", text) or not low <= int(text) <= high:
            raise LabError(f"{self.where(key)}: {key} is `{text}`, not a number from {low} to {high}")
        return int(text)

    def _size(self, key):
        match = re.fullmatch("([0-9]{1,9})([MG])", self[key])
        size = int(match[1]) << {"M": 20, "G": 30}[match[2]] if match else 0
        if not 512 << 20 <= size <= 64 << 30:
            raise LabError(f"{self.where(key)}: {key} is `{self[key]}`, not a size from 512M to 64G")
        return size


def names():
    """Names of the scenarios that come with the lab."""
    return sorted(path.name[:-len(SUFFIX)] for path in SCENARIOS.glob("*" + SUFFIX))


def load(name, settings=()):
    """Read a scenario by its name or path. `settings` are (KEY, VALUE) pairs that replace values of the file."""
    path = Path(name)
    if "/" not in name and not name.endswith(SUFFIX):
        path = SCENARIOS / (name + SUFFIX)
        if not path.exists():
            raise LabError(f"{name}: no such scenario; `crash-lab list` shows them")
    scenario = Scenario(path.name[:-len(SUFFIX)] if path.name.endswith(SUFFIX) else path.name, path)
    _read(scenario, path, [])
    for key, value in settings:
        scenario.put(key, value, "--set")
    return scenario.finish()


def _read(scenario, path, outer):
    if path.resolve() in outer:
        raise LabError(f"{path}: includes itself")
    try:
        lines = read_bytes(path, LARGEST).decode().splitlines()
    except UnicodeDecodeError:
        raise LabError(f"{path}: not a text file") from None
    for number, line in enumerate(lines, 1):
        where = f"{path}:{number}"
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        key, equals, value = line.partition("=")
        key, value = key.strip(), value.strip()
        if not equals or not key:
            raise LabError(f"{where}: `{line.strip()}` is not `key = value`")
        if key == "include":
            included = path.parent / value
            if not included.is_file():
                raise LabError(f"{where}: {value}: no such file")
            _read(scenario, included, [*outer, path.resolve()])
        else:
            scenario.put(key, value, where)
