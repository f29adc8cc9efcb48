# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab's connections to a running QEMU: the monitor (QMP), the qtest port, and the guest's serial console.

The lab opens its ends before QEMU starts, so that nothing is lost. Every request has a timeout.
"""

import json
import os
import re
import socket
import threading
import time

from .common import LabError, LabTrouble
from .terminal import error_words, text_of

PATIENCE = 60           # seconds that QEMU has for an answer; enough for a busy host
MAX_LOG = 64 << 20      # the console's output is read up to this


class Listener:
    """A unix socket that waits for QEMU to connect."""

    def __init__(self, path):
        self.path = str(path)
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(self.path)
        self.socket.listen(1)
        self.socket.settimeout(PATIENCE)

    def accept(self):
        try:
            connection, _ = self.socket.accept()
        except socket.timeout:
            raise LabTrouble("QEMU did not open its control sockets") from None
        finally:
            self.socket.close()
        connection.settimeout(PATIENCE)
        return connection


class Lines:
    """Requests and answers as lines over a socket, one request at a time."""

    def __init__(self, connection):
        self.connection, self.buffer, self.lock = connection, b"", threading.Lock()

    def read_line(self):
        while b"\n" not in self.buffer:
            try:
                data = self.connection.recv(65536)
            except OSError as error:
                raise LabTrouble(f"QEMU does not answer ({error})") from None
            if not data:
                raise LabError("QEMU closed a control socket")
            self.buffer += data
        line, _, self.buffer = self.buffer.partition(b"\n")
        return text_of(line)

    def write(self, text):
        try:
            self.connection.sendall(text.encode() + b"\n")
        except OSError as error:
            raise LabError(f"QEMU does not listen ({error})") from None


class Monitor(Lines):
    """QEMU's machine protocol."""

    def __init__(self, connection):
        super().__init__(connection)
        self.read_line()
        self.command("qmp_capabilities")

    def command(self, name, **arguments):
        with self.lock:
            self.write(json.dumps({"execute": name, "arguments": arguments}))
            while True:
                answer = json.loads(self.read_line())
                if "error" in answer:
                    raise LabError(f"QEMU {name}: {answer['error'].get('desc')}")
                if "return" in answer:
                    return answer["return"]

    def human(self, line):
        """Run a command of the human monitor; return its output."""
        return self.command("human-monitor-command", **{"command-line": line})


class QTest(Lines):
    """Reads and writes the guest's physical memory, device registers included, from outside, at any moment."""

    def __init__(self, connection, architecture):
        super().__init__(connection)
        self.architecture = architecture

    def request(self, text):
        with self.lock:
            self.write(text)
            while True:
                words = self.read_line().split()
                if words[:1] == ["OK"]:
                    return words[1] if len(words) > 1 else ""
                if words[:1] in (["FAIL"], ["ERR"]):
                    raise LabError(f"qtest `{text[:40]}`: {' '.join(words)}")

    def read64(self, address):
        return int(self.request(f"readq 0x{address:x}"), 16)

    def read32(self, address):
        return int(self.request(f"readl 0x{address:x}"), 16)

    def write64(self, address, value):
        self.request(f"writeq 0x{address:x} 0x{value:x}")

    def write32(self, address, value):
        self.request(f"writel 0x{address:x} 0x{value:x}")

    def read(self, address, length):
        return bytes.fromhex(self.request(f"read 0x{address:x} 0x{length:x}")[2:])

    def config(self, requester, offset, value=None):
        """Read 4 bytes of a PCI function's configuration space, after writing `value` there if it is given."""
        return self.architecture.config(self, requester, offset, value)

    def write_bytes(self, address, data):
        self.request(f"write 0x{address:x} 0x{len(data):x} 0x{data.hex()}")


class Console:
    """The serial console, a pair of FIFOs. A thread collects lines, each with its time.

    QEMU writes byte by byte. While the lab is busy a FIFO holds 65,536 bytes. A socket holds 278; then the guest's port stays busy
    and the guest drops the line.
    """

    def __init__(self, path, log):
        self.path, self.log = str(path), open(log, "wb", buffering=0)
        self.lines, self.closed, self.changed, self.problem = [], False, threading.Condition(), ""
        for end in ("in", "out"):
            os.mkfifo(f"{self.path}.{end}", 0o600)
        threading.Thread(target=self._collect, daemon=True).start()

    def _collect(self):
        partial, written = b"", 0
        with self.log as log, open(f"{self.path}.out", "rb", buffering=0) as pipe:
            while True:
                data = pipe.read(65536)
                written += len(data)
                if not data or written > MAX_LOG:
                    break
                try:
                    log.write(data)
                except OSError as error:
                    self.problem = f"the guest's console: {error_words(error)}"
                    break
                *whole, partial = (partial + data).split(b"\n")
                now = time.monotonic()
                with self.changed:
                    self.lines += [(now, text_of(line).rstrip("\r")) for line in whole]
                    self.changed.notify_all()
        with self.changed:
            if partial:
                self.lines.append((time.monotonic(), text_of(partial)))
            self.closed = True
            self.changed.notify_all()

    def wait(self, pattern, start, deadline):
        """(index, moment, match) of the first line from `start` on that matches; None at the deadline or the end.

        Raises a LabTrouble if the console could not be kept.
        """
        pattern = re.compile(pattern)
        with self.changed:
            while True:
                for index in range(start, len(self.lines)):
                    match = pattern.search(self.lines[index][1])
                    if match:
                        return index, self.lines[index][0], match
                start = len(self.lines)
                if self.problem:
                    raise LabTrouble(self.problem)
                left = deadline - time.monotonic()
                if self.closed or left <= 0:
                    return None
                self.changed.wait(left)

    def send(self, text):
        try:
            writer = os.open(f"{self.path}.in", os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            raise LabError(f"the guest's console is gone ({error})") from None
        os.write(writer, text.encode() + b"\n")
        os.close(writer)

    def finish(self):
        """After QEMU has ended: wait until its last output is in `lines`."""
        with self.changed:
            self.changed.wait_for(lambda: self.closed, 10)

    def text(self, start=0, end=None):
        with self.changed:
            return [line for _, line in self.lines[start:end]]

    def tail(self, count=12):
        return self.text()[-count:]
