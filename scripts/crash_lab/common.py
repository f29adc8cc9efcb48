# SPDX-License-Identifier: GPL-2.0-or-later
"""Shared by all parts of the lab: paths, error types, files of others, child processes with a timeout."""

import os
import shutil
import subprocess
from pathlib import Path

from .terminal import text_of

TOP = Path(__file__).resolve().parents[2]
SCENARIOS = TOP / "tests" / "crash"
GUEST = SCENARIOS / "guest"
FILE_LIMIT = 256 << 20     # bytes of a file that somebody else made


class LabError(Exception):
    """The lab cannot do what it was asked to; the text is for the user."""


class LabTrouble(LabError):
    """A tool of the lab (QEMU, for example) failed. The run says nothing about kdump-quiesce."""


class Unavailable(LabError):
    """A scenario needs what cannot be had here (no network, no such package). The scenario is skipped."""


def read_bytes(path, limit=FILE_LIMIT):
    """All bytes of a file that somebody else made. Raises a LabError if it cannot be read or is larger than `limit`."""
    try:
        with open(path, "rb") as file:
            data = file.read(limit + 1)
    except (OSError, ValueError) as error:
        raise LabError(f"{path}: {getattr(error, 'strerror', None) or error}") from None
    if len(data) > limit:
        raise LabError(f"{path}: larger than {limit >> 20} MiB")
    return data


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


def run_program(argv, timeout=300, **options):
    """Run a host program to its end: (exit status, standard output, standard error), as bytes."""
    argv = [str(word) for word in argv]
    if "input" not in options:
        options["stdin"] = subprocess.DEVNULL
    try:
        done = subprocess.run(argv, timeout=timeout, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, **options)
    except FileNotFoundError:
        raise LabError(f"{argv[0]}: not found on this host") from None
    except OSError as error:
        raise LabError(f"{argv[0]}: it cannot be run: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        raise LabError(f"{argv[0]}: no answer within {timeout} s") from None
    return done.returncode, done.stdout, done.stderr


def call(argv, timeout=300, **options):
    """Run a host program and return its standard output as text. If it fails, raise a LabError with the last line of its output."""
    status, out, err = run_program(argv, timeout, **options)
    if status:
        words = (text_of(err).strip() or text_of(out).strip()).splitlines()
        raise LabError(f"{' '.join(map(str, argv[:3]))}: {words[-1] if words else 'failed'} (exit status {status})")
    return text_of(out)


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
    status, out, err = run_program([program("zstd"), "-qc", *options], input=data)
    if status:
        raise LabError(f"zstd: {text_of(err).strip()}")
    return out
