# SPDX-License-Identifier: GPL-2.0-or-later
"""What the lab must know about a CPU architecture: the fields of an entry in the table `ARCHITECTURES`.

The rest of the lab asks `scenario.architecture`. It does not name a machine, a console or a kernel image itself.
"""

from dataclasses import dataclass, field
from typing import Callable


@dataclass(frozen=True)
class Firmware:
    """Files of a package that are the firmware of a guest: `code` and `variables` below `directory` of the unpacked package.

    `arguments` are added to QEMU's command line, `machine` to its machine type. With `signing` the firmware verifies kernels: (key,
    its passphrase, certificate), files of the same package.
    """
    package: str
    directory: str
    code: str
    variables: str
    arguments: tuple = ()
    machine: str = ""
    signing: tuple = ()


@dataclass(frozen=True)
class Architecture:
    """One CPU architecture under QEMU, with Debian's kernels. Regular expressions are for lines of the guest's console."""
    name: str                       # as `uname -m` says it
    debian: str                     # as Debian says it
    triplet: str                    # of Debian's library directories

    # The machine.
    qemu: str                       # the emulator, and the package that has it
    qemu_package: str
    machine: str                    # default of the key `machine`: a machine type of QEMU
    cpu: str                        # default of the key `cpu`
    machine_options: str            # what every machine type is given, after a comma; may be empty
    ram: tuple                      # (physical address, size) of each stretch of RAM, the last one's size None: the rest
    places: dict                    # where each device of the lab goes if a scenario does not say it: bus=...,addr=...
    devices: tuple                  # -device arguments that every machine has
    iommus: tuple                   # names in IOMMUS, the default first
    firmwares: dict                 # name: Firmware, or None for what QEMU itself starts with; the default first
    config: Callable                # (qtest, requester, offset, value or None): 4 bytes of configuration space

    # Kernel and programs.
    kernel_package: str
    kernel_images: tuple            # where an unpacked kernel package has its image
    payload: Callable               # bytes of an image: the ELF file that is packed in it, or b""
    plugin_at: Callable             # bytes of a wrapped image: where in the file the plugin begins
    compiler: str                   # for guest programs, and the package that has it
    compiler_package: str
    libc: str                       # its static C library, and the package that has it
    libc_package: str
    library_directories: tuple      # below a root, in the order in which a loader looks
    crypto_providers: dict = field(default_factory=dict)    # name in a module's soft dependency: modules that provide it

    # Command lines and console of guests.
    console: str = ""               # the serial console's name on a kernel's command line, and for --console
    cmdline: tuple = ()             # words that every kernel needs under emulation
    load: str = '$PROTECT kexec -p "$@"'    # default of the key `load`
    panic: str = r"Kernel panic - not syncing"
    dying: str = r"Kernel panic - not syncing|\[#1\]"       # an oops may lead straight to the capture kernel
    usable: str = r"(?!)()()"       # a range of memory that the capture kernel may use, in its log: first and last address
    interrupt: str = ""             # QEMU's trace event of an interrupt that reaches a CPU; \{vector} in the pattern
    interrupt_pattern: str = ""

    # Crashes and faults.
    program_counter: str = ""       # each CPU's, in the monitor's `info registers -a`
    registers: dict = field(default_factory=dict)   # "pc", "sp", "flags": (number, bytes) for QEMU's gdb stub
    gate: str = "machine_kexec"     # the last C function that a crashed kernel runs, on the CPU that crashed
    system_call: str = ""           # name of the function of a system call, with {} in it
    code: dict = field(default_factory=dict)        # machine code that faults plant: null, undefined, spin, spin-deaf, no-stack
    nmi: Callable = None            # (qtest, cpu): one more NMI for that CPU
    machine_check: Callable = None  # (monitor, cpu): an uncorrected machine check there
    exceptions: dict = field(default_factory=dict)  # name: (gdb, qtest), which has the stopped CPU run into it
    draws: dict = field(default_factory=dict)       # of a campaign: IOMMU and its settings, {name: (weight, scenario lines)}

    def can(self):
        """Properties of an architecture that faults and moments can need."""
        return {name for name in ("nmi", "machine_check", "exceptions") if getattr(self, name)}

    def system_calls(self, *names):
        return tuple(self.system_call.format(name) for name in names)
