# SPDX-License-Identifier: GPL-2.0-or-later
"""The crash of one run: what the host does for its moment (moments.py), and the fault that comes with it (faults.py)."""

from . import faults, moments
from .common import LabError

SECONDS = 60        # that a kernel may take to die


class Crash:
    """`prepare` before the first kernel is told to crash, `press` then; `dead` waits until it did, `go_on` injects the fault."""

    def __init__(self, scenario, symbols):
        self.scenario, self.symbols = scenario, symbols
        self.moment, (self.fault, self.number) = scenario["moment"], scenario.fault()
        self.gate, self.beside = None, None

    @staticmethod
    def watched(scenario):
        """Is the crashed kernel held at the gate?"""
        return bool(scenario["fault"] or scenario["moment"])

    @staticmethod
    def line(scenario):
        """The shell line with which the first kernel goes to its end."""
        return moments.MOMENTS[scenario["moment"]].trigger if scenario["moment"] else scenario["crash"]

    @staticmethod
    def setup(scenario):
        """The line that it runs before, when all else is ready: a watchdog that is set to a second must not bite earlier."""
        return moments.MOMENTS[scenario["moment"]].setup if scenario["moment"] else ""

    @staticmethod
    def cmdline(scenario):
        """Words that the first kernel's command line needs."""
        return moments.MOMENTS[scenario["moment"]].cmdline if scenario["moment"] else ()

    def prepare(self, machine, iommu, wait):
        """`wait` is for a line on the console."""
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
        """Let the fault happen at the gate, and open it; what was done, as text."""
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
        """Wait for what goes on beside the plugin; what came of it, as text."""
        return self.beside.finish() if self.beside else ""
