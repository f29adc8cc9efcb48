# SPDX-License-Identifier: GPL-2.0-or-later
"""The crash of one run: the host's part in its moment (moments.py), and its fault (faults.py)."""

from . import faults, moments
from .common import LabError

SECONDS = 60        # that a kernel may take to die


class Crash:
    """Call `prepare`, tell the first kernel to crash, call `press`; `dead` waits for the crash, `go_on` injects the fault."""

    def __init__(self, scenario, symbols):
        self.scenario, self.symbols = scenario, symbols
        self.moment, (self.fault, self.number) = scenario["moment"], scenario.fault()
        self.gate, self.beside = None, None

    @staticmethod
    def watched(scenario):
        """Is the crashed kernel to be held at the gate?"""
        return bool(scenario["fault"] or scenario["moment"])

    @staticmethod
    def line(scenario):
        """The shell line that crashes the first kernel."""
        return moments.MOMENTS[scenario["moment"]].trigger if scenario["moment"] else scenario["crash"]

    @staticmethod
    def setup(scenario):
        """The shell line before it, run when all else is ready: a watchdog of one second must not fire earlier."""
        return moments.MOMENTS[scenario["moment"]].setup if scenario["moment"] else ""

    @staticmethod
    def cmdline(scenario):
        """Words for the first kernel's command line."""
        return moments.MOMENTS[scenario["moment"]].cmdline if scenario["moment"] else ()

    def prepare(self, machine, iommu, wait):
        """`wait` waits for a line on the console."""
        if self.watched(self.scenario):
            self.gate = moments.Gate(machine, self.symbols)
        if self.setup(self.scenario):
            machine.console.send("set up")
            wait("LAB set up", 30, "first kernel set up for its crash")
        if self.moment:
            moments.strike(self.moment, machine, self.symbols)

    def press(self, machine):
        if self.moment:
            moments.press(self.moment, machine)

    def dead(self):
        if not self.gate.reached(self.scenario.architecture.dying, SECONDS):
            raise LabError("the first kernel did not crash")

    def go_on(self, machine, iommu, edus, protected):
        """Inject the fault and open the gate. Return what was done, as text."""
        done = ""
        if self.fault:
            machine.go_on()     # a device's DMA takes time; the CPU stays in the gate
            fault = faults.FAULTS[self.fault]
            place = faults.Place(machine, iommu, edus, protected, self.number, self.gate.cpu)
            if fault.inject and (protected or fault.control):
                done = fault.inject(place)
            if fault.beside and (protected or fault.control):
                self.beside = fault.beside(place)
                self.beside.start()
        self.gate.open()
        return done

    def finish(self):
        """Wait until the fault that runs beside the plugin is over. Return its result, as text."""
        return self.beside.finish() if self.beside else ""
