# SPDX-License-Identifier: GPL-2.0-or-later
"""All that the lab prints. A terminal obeys control characters, and guests, QEMU, names and files may hold any.

So these, and bytes that are no UTF-8, are shown as numbers, as the programs show them (src/lib/base/shown.c).
"""

import os
import re
import sys
import threading
import traceback
from pathlib import Path

_lock = threading.Lock()
_hidden = re.compile("[\0-\x1f\x7f-\x9f\ud800-\udfff]")
_byte = range(0xdc80, 0xdd00)       # what Python makes of bytes of names and arguments that are no UTF-8


def text_of(data):
    """Bytes that somebody else made as text. Those that are no UTF-8 become \\xNN."""
    return data.decode(errors="backslashreplace")


def _numbers(match):
    code = ord(match[0])
    data = [code & 0xff] if code in _byte else match[0].encode(errors="surrogatepass")
    return "".join(f"\\x{byte:02x}" for byte in data)


def shown(text):
    """The text in one line, each byte of what cannot be printed as \\xNN."""
    return _hidden.sub(_numbers, text)


def put_line(stream, text):
    """Write one whole line, even when several machines write to the same file at once."""
    with _lock:
        stream.write(f"{shown(text)}\n")
        stream.flush()


def say(text):
    """Report progress, or an error, on stderr."""
    put_line(sys.stderr, f"crash-lab: {text}")


def answer(text):
    """Write one line to standard output."""
    put_line(sys.stdout, text)


def answer_lines(text):
    """Write a text of several lines to standard output."""
    for line in text.split("\n"):
        answer(line)


def begin():
    """Before anything is printed: no text is one that cannot be written. Raises an OSError if there is no standard output."""
    for stream in filter(None, (sys.stdout, sys.stderr)):
        stream.reconfigure(errors="backslashreplace")
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")
    if not sys.stdout:
        raise OSError("standard output is closed")


def forget():
    """Standard output cannot be written: throw away what is left for it, so that Python does not try once more when it ends."""
    if sys.stdout:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def error_words(error):
    """An OSError in words."""
    return f"{error.filename or 'output'}: {error.strerror}" if error.strerror and error.errno else str(error)


def mistake(error):
    """In words an error that nothing in the lab expects, with the lab's line in which it happened."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).parent == Path(__file__).parent]
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"a mistake in the lab: {type(error).__name__}: {error}{place}"
