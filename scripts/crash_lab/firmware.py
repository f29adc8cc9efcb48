# SPDX-License-Identifier: GPL-2.0-or-later
"""Firmware for guests. For Secure Boot its key is one that Debian publishes for tests, so that the lab can sign.

The first kernel is started by QEMU's -kernel: the firmware verifies its signature and boots it through its EFI stub, which sees
that Secure Boot is on and locks the kernel down.
"""

import platform
import shutil
import struct

from . import kernels
from .architectures import ARCHITECTURES
from .common import LabError, built, call


def _files(firmware, architecture):
    """Directory of the firmware's files."""
    return kernels.unpacked(firmware.package, None, [firmware.package], "^$", architecture) / firmware.directory


def arguments(scenario, work):
    """(QEMU arguments, options of the machine type) for the scenario's firmware."""
    firmware = scenario.architecture.firmwares[scenario["firmware"]]
    if not firmware:
        return [], ""
    files = _files(firmware, scenario.architecture)
    shutil.copyfile(files / firmware.variables, work / "firmware.img")
    flash = ["-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={files / firmware.code}",
             "-drive", "if=pflash,format=raw,unit=1,file=firmware.img"]
    return [*flash, *firmware.arguments], firmware.machine


class Signer:
    """Signs kernels with a key that the scenario's firmware accepts."""

    def __init__(self, scenario, work):
        architecture = scenario.architecture
        firmware = architecture.firmwares[scenario["firmware"]]
        host = ARCHITECTURES[platform.machine()]
        self.tools = kernels.unpacked("signing", None, ["sbsigntool", "openssl"], "^$", host) / "usr/bin"
        locked, passphrase, certificate = firmware.signing
        files = _files(firmware, architecture)
        self.key, self.certificate = work / "signer.key", files / certificate
        # The key without its passphrase, for which sbsign would ask.
        call([self.tools / "openssl", "rsa", "-in", files / locked, "-passin", f"pass:{passphrase}", "-out", self.key])

    def sign(self, image, target):
        """Copy a kernel image and sign the copy so that firmware and kernel of the guest accept it.

        The distribution's signature is removed: Linux looks at the first one only (verify_pefile_signature).
        """
        shutil.copyfile(image, target)
        if _is_signed(target):
            call([self.tools / "sbattach", "--remove", target])
        call([self.tools / "sbsign", "--key", self.key, "--cert", self.certificate, "--output", target, target])
        return target


def _is_signed(image):
    """Does the PE header have a directory of signatures?"""
    data = image.read_bytes()[:4096]
    (pe,) = struct.unpack_from("<I", data, 0x3C)
    return struct.unpack_from("<II", data, pe + 24 + 112 + 4 * 8)[1] != 0


def _tampered(image, target, architecture):
    """Copy an image and change one byte of its plugin."""
    data = bytearray(image.read_bytes())
    data[architecture.plugin_at(data) + 2048] ^= 1
    target.write_bytes(data)
    return target


def _signs(scenario):
    """Does the scenario's firmware verify kernels?"""
    firmware = scenario.architecture.firmwares[scenario["firmware"]]
    return bool(firmware and firmware.signing)


def capture_images(scenario, control, kernel, build, work):
    """{name in the guest's /boot: file} of the images that the first kernel may load.

    Under Secure Boot images are wrapped and signed here, as an administrator does on a machine that has the key. Beside the good
    image there is one without a signature and one that was changed after it was signed.
    """
    if not _signs(scenario):
        return {"vmlinuz": kernel.image}
    signer = Signer(scenario, work)
    if control:
        return {"vmlinuz": signer.sign(kernel.image, work / "capture.signed")}
    program = built(build, "kdump-quiesce")
    if not program:
        raise LabError("kdump-quiesce is not built: run make, or pass --build DIR")
    # An empty --sysroot: the image is not for the machine that the lab runs on.
    command = [program, "wrap", "--quiet", "--conf", "/dev/null", "--sysroot", work, "--console", scenario.architecture.console,
               kernel.image]
    call([*command, "-o", work / "capture.unsigned"])
    signer.sign(work / "capture.unsigned", work / "capture.signed")
    return {"vmlinuz": work / "capture.signed", "vmlinuz.unsigned": work / "capture.unsigned",
            "vmlinuz.tampered": _tampered(work / "capture.signed", work / "capture.tampered", scenario.architecture)}


def first_image(scenario, kernel, work):
    """The first kernel's image in the form that this firmware starts."""
    if _signs(scenario):
        return Signer(scenario, work).sign(kernel.image, work / "first.signed")
    if scenario.architecture.firmwares[scenario["firmware"]] or scenario["boot"] == "image":
        return kernel.image
    return kernel.uncompressed()
