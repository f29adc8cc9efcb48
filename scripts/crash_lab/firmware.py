# SPDX-License-Identifier: GPL-2.0-or-later
"""UEFI for guests: OVMF's files, and a Secure Boot whose key everybody knows (Debian's snake oil), for tests to sign with.

The first kernel is started by QEMU's -kernel: OVMF verifies its signature and boots it through its EFI stub, which sees
that Secure Boot is on and locks the kernel down.
"""

import shutil
import struct

from . import kernels
from .common import LabError, built, call

FIRMWARES = ("bios", "uefi", "secure-boot")
PASSPHRASE = "snakeoil"
FRONT = 4096                # bytes of a wrapped payload in front of the plugin


def _ovmf():
    return kernels.unpacked("ovmf", None, ["ovmf"], "^$") / "usr/share"


def arguments(firmware, work):
    """What QEMU's command line has more, and what its machine type has more, for this firmware."""
    if firmware == "bios":
        return [], ""
    code, variables = {"uefi": ("OVMF_CODE_4M.fd", "OVMF_VARS_4M.fd"),
                       "secure-boot": ("OVMF_CODE_4M.secboot.fd", "OVMF_VARS_4M.snakeoil.fd")}[firmware]
    shutil.copyfile(_ovmf() / "OVMF" / variables, work / "firmware.img")
    flash = ["-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={_ovmf() / 'OVMF' / code}",
             "-drive", "if=pflash,format=raw,unit=1,file=firmware.img"]
    if firmware == "uefi":
        return flash, ""
    # Only code in system management mode, the firmware's own, may write to the variables.
    secure = ["-global", "driver=cfi.pflash01,property=secure,value=on", "-global", "ICH9-LPC.disable_s3=1"]
    return [*flash, *secure], ",smm=on"


def _signer(work):
    """(sbsign, key, certificate) of a signer whom the firmware allows; sbsign would ask for the key's passphrase."""
    tools = kernels.unpacked("signing", None, ["sbsigntool", "openssl"], "^$") / "usr/bin"
    key = work / "signer.key"
    if not key.exists():
        call([tools / "openssl", "rsa", "-in", _ovmf() / "ovmf/PkKek-1-snakeoil.key", "-passin", f"pass:{PASSPHRASE}",
              "-out", key])
    return tools / "sbsign", key, _ovmf() / "ovmf/PkKek-1-snakeoil.pem"


def sign(image, target, work):
    """A copy of a kernel image that the guest's firmware and kernel accept, and nobody else's signature on it.

    Linux looks at the first signature alone (verify_pefile_signature), which would be the distribution's.
    """
    sbsign, key, certificate = _signer(work)
    shutil.copyfile(image, target)
    if _is_signed(target):
        call([sbsign.parent / "sbattach", "--remove", target])
    call([sbsign, "--key", key, "--cert", certificate, "--output", target, target])
    return target


def _is_signed(image):
    """Has the PE header a directory of signatures?"""
    data = image.read_bytes()[:4096]
    (pe,) = struct.unpack_from("<I", data, 0x3C)
    return struct.unpack_from("<II", data, pe + 24 + 112 + 4 * 8)[1] != 0


def _tampered(image, target):
    """One byte of the plugin is another."""
    data = bytearray(image.read_bytes())
    data[(data[0x1f1] + 1) * 512 + FRONT + 2048] ^= 1
    target.write_bytes(data)
    return target


def capture_images(scenario, control, kernel, build, work):
    """{name in the guest's /boot: file} of what the first kernel may load.

    Under Secure Boot images are made and signed here, as an administrator does on a machine that has the key; beside
    the good one lie one without a signature and one that was changed after it was signed.
    """
    if scenario["firmware"] != "secure-boot":
        return {"vmlinuz": kernel.image}
    if control:
        return {"vmlinuz": sign(kernel.image, work / "capture.signed", work)}
    program = built(build, "kdump-quiesce")
    if not program:
        raise LabError("kdump-quiesce is not built: run make, or pass --build DIR")
    # For a machine without devices, not for the one that this runs on.
    command = [program, "wrap", "--quiet", "--conf", "/dev/null", "--sysroot", work, "--console", "ttyS0", kernel.image]
    call([*command, "-o", work / "capture.unsigned"])
    sign(work / "capture.unsigned", work / "capture.signed", work)
    return {"vmlinuz": work / "capture.signed", "vmlinuz.unsigned": work / "capture.unsigned",
            "vmlinuz.tampered": _tampered(work / "capture.signed", work / "capture.tampered")}


def first_image(scenario, kernel, work):
    """The first kernel as this firmware starts it."""
    if scenario["firmware"] == "secure-boot":
        return sign(kernel.image, work / "first.signed", work)
    if scenario["firmware"] == "uefi" or scenario["boot"] == "image":
        return kernel.image
    return kernel.uncompressed()
