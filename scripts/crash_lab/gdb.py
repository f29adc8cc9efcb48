# SPDX-License-Identifier: GPL-2.0-or-later
"""QEMU's gdb stub, as faults need it: stop the guest when the plugin writes a word, without changing the plugin's code.

QEMU's monitor has no breakpoints, and the plugin's checksum would notice planted code.
"""

import socket

from .common import LabError
from .terminal import text_of


class Gdb:
    """Attached to a machine. It is stopped until `resume`, and again at each write of the watched word."""

    def __init__(self, machine):
        self.machine, path = machine, machine.work / "gdb.sock"
        machine.monitor.human(f"gdbserver unix:{path},server=on,wait=off")
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        self.buffer = b""
        try:
            self.socket.connect(str(path))
        except OSError as error:
            raise LabError(f"QEMU's gdb stub: {error}") from None
        self._ask("qXfer:features:read:target.xml:0,1000")      # only after this request are single registers served

    def _send(self, text):
        data = text.encode()
        self.socket.sendall(b"$" + data + b"#%02x" % (sum(data) & 0xff))

    def _answer(self):
        """The next packet; None if none came before the socket's timeout."""
        while True:
            start, end = self.buffer.find(b"$"), self.buffer.find(b"#")
            if 0 <= start < end and len(self.buffer) >= end + 3:
                packet, self.buffer = self.buffer[start + 1:end], self.buffer[end + 3:]
                self.socket.sendall(b"+")
                return text_of(packet)
            try:
                data = self.socket.recv(65536)
            except socket.timeout:
                return None
            except OSError as error:
                raise LabError(f"QEMU's gdb stub: {error}") from None
            if not data:
                raise LabError("QEMU closed its gdb stub")
            self.buffer += data

    def _ask(self, text):
        self._send(text)
        answer = self._answer()
        while answer and answer.startswith("T"):    # that it stands still
            answer = self._answer()
        if answer is None or answer.startswith("E"):
            raise LabError(f"QEMU's gdb stub: {text.split(',')[0]}: {answer or 'no answer'}")
        return answer

    def watch(self, address, length):
        self.watched = f"2,{address:x},{length:x}"
        if self._ask("Z" + self.watched) != "OK":
            raise LabError("QEMU's gdb stub cannot watch memory")

    def resume(self):
        """Let the machine run."""
        self._send("c")

    def stopped(self, seconds):
        """Wait until the machine stops at a write of the watched word; False if that did not happen in time."""
        self.socket.settimeout(seconds)
        answer = self._answer()
        self.socket.settimeout(20)
        return answer is not None and answer.startswith("T")

    def register(self, name, value=None):
        """Read the register "pc", "sp" or "flags", or set it and check that it was set."""
        number, size = self.machine.architecture.registers[name]
        if value is not None:
            self._ask(f"P{number:x}=" + value.to_bytes(size, "little").hex())
        now = int.from_bytes(bytes.fromhex(self._ask(f"p{number:x}")), "little")
        if value is not None and now != value:
            raise LabError(f"QEMU's gdb stub: {name} stays 0x{now:x}")
        return now

    def leave(self):
        """Detach and let the machine run."""
        self.socket.sendall(b"\x03")        # stops a running machine; a stopped one does not answer
        self.socket.settimeout(2)
        self._answer()
        self.socket.settimeout(20)
        self._ask("z" + self.watched)
        self._ask("D")
        self.socket.close()
        self.machine.monitor.human("gdbserver none")
