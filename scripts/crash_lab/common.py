# SPDX-License-Identifier: GPL-2.0-or-later
"""Shared by all parts of the lab: paths, error types, progress on stderr, child processes with a timeout."""

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
SCENARIOS = TOP / "tests" / "crash"
GUEST = SCENARIOS / "guest"

_lock = threading.Lock()


class LabError(Exception):
    """The lab cannot do what it was asked to; the text is for the user."""


class LabTrouble(LabError):
    """A tool of the lab (QEMU, for example) failed. The run says nothing about kdump-quiesce."""


class Unavailable(LabError):
    """A scenario needs what cannot be had here (no network, no such package). The scenario is skipped."""


def put_line(stream, text):
    """Write one whole line, even when several machines write to the same file at once."""
    with _lock:
        stream.write(f"{text}\n")
        stream.flush()


def say(text):
    """Report progress on stderr."""
    put_line(sys.stderr, f"crash-lab: {text}")


def cache_place():
    """Path for downloads and unpacked packages, as text. CRASH_LAB_CACHE overrides it. tests/kernel-images has the same rule."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.environ.get("CRASH_LAB_CACHE") or os.path.join(base, "kdump-quiesce", "crash-lab")


def cache_dir():
    """The same path, as a directory that exists."""
    place = cache_place()
    if place.startswith("~"):
        raise LabError("there is no home directory for downloads: set CRASH_LAB_CACHE to a directory")
    path = Path(place).absolute()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LabError(f"{path}: {error.strerror}; CRASH_LAB_CACHE names another place for downloads") from None
    return path


def built(build, name):
    """Path of a program of this project in its build directory, or None."""
    places = [Path(build)] if build else [TOP / "build", TOP]
    for place in places:
        path = place / name
        if path.is_file():
            return path.absolute()
    return None


def call(argv, timeout=300, **options):
    """Run a host program and return its standard output as text. If it fails, raise a LabError with the last line of its output."""
    argv = [str(word) for word in argv]
    try:
        done = subprocess.run(argv, timeout=timeout, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, errors="replace", check=False, **options)
    except FileNotFoundError:
        raise LabError(f"{argv[0]}: not found on this host") from None
    except subprocess.TimeoutExpired:
        raise LabError(f"{argv[0]}: no answer within {timeout} s") from None
    if done.returncode:
        words = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise LabError(f"{' '.join(argv[:3])}: {words[-1] if words else 'failed'} (exit status {done.returncode})")
    return done.stdout


def search_path():
    """PATH plus the administrator's directories, which an ordinary user's PATH lacks."""
    return os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


def program(name):
    """Absolute path of a host program."""
    path = shutil.which(name, path=search_path())
    if not path:
        raise LabError(f"{name}: not found; `crash-lab prepare` installs what the lab needs")
    return path


def zstd(data, *options):
    """Compress bytes with zstd, or decompress them with -d."""
    done = subprocess.run([program("zstd"), "-qc", *options], input=data, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False, timeout=300)
    if done.returncode:
        raise LabError(f"zstd: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout
