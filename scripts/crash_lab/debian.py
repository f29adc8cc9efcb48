# SPDX-License-Identifier: GPL-2.0-or-later
"""The image of a Debian guest: a small installation of the host's own release with systemd and its stock kdump-tools.

It is built once with mmdebstrap, as a tree. A layer is a copy of that tree with what belongs to this project added, made into a
disk; it is made anew when that changed. Each run writes to a copy of a layer's disk. `distribution` runs it.
"""

import hashlib
import inspect
import os
import platform
import shutil
import tempfile
from pathlib import Path

from . import kernels, packages
from .common import GUEST, TOP, LabError, Unavailable, cache_dir, call, program
from .terminal import say

# Beside the kernel.
PACKAGES = ("systemd-sysv", "udev", "dbus", "initramfs-tools", "kdump-tools", "kexec-tools", "makedumpfile",
            "kmod", "zstd", "file", "procps", "iproute2", "dracut-core",
            # for this project's package
            "libarchive13", "libdw1", "libelf1", "liblzo2-2", "libpci3", "libseccomp2", "libsnappy1v5", "libssl3")
# Kernel drivers and file systems that these guests use.
MODULES = ("drivers/nvme/", "drivers/virtio/", "drivers/block/virtio_blk.ko", "drivers/net/ethernet/intel/e1000e/", "drivers/vfio/",
           "fs/ext4/", "fs/jbd2/", "fs/mbcache.ko", "fs/autofs/")
LABEL, DISK_SIZE = "crashlab", "900M"
INITRD_MODULES = "ext4\nnvme\nvirtio_pci\nvirtio_blk\n"
# Services that a machine of one minute does not need.
MASKED = ("systemd-journal-flush.service systemd-hwdb-update.service systemd-update-utmp.service kexec.service kexec-load.service "
          "apt-daily.timer apt-daily-upgrade.timer e2scrub_reap.service e2scrub_all.timer dpkg-db-backup.timer getty@tty1.service "
          "systemd-random-seed.service systemd-timesyncd.service fstrim.timer "
          "systemd-logind.service dbus.service dbus.socket systemd-user-sessions.service systemd-pstore.service "
          "systemd-binfmt.service systemd-tmpfiles-clean.timer modprobe@configfs.service modprobe@dm_mod.service "
          "modprobe@drm.service modprobe@efi_pstore.service modprobe@fuse.service modprobe@loop.service sys-kernel-config.mount "
          "sys-kernel-debug.mount sys-kernel-tracing.mount sys-fs-fuse-connections.mount dev-hugepages.mount dev-mqueue.mount "
          "systemd-update-utmp-runlevel.service dracut-shutdown.service").split()
UNIT = """[Unit]
After=kdump-tools.service
[Service]
ExecStart=/lab/debian
StandardOutput=journal+console
[Install]
WantedBy=multi-user.target
"""
# Appended to kdump-tools' settings. LZO (-l) writes the dump in a third of the time.
KDUMP_SETTINGS = """USE_KDUMP=1
KDUMP_CMDLINE_APPEND="reset_devices systemd.unit=kdump-tools-dump.service nr_cpus=1 irqpoll usbcore.nousb loglevel=7"
MAKEDUMP_ARGS="-l -d 31"
"""
KERNEL_HOOK = "/etc/kernel/postinst.d/kdump-tools"
DRACUT_MODULE = GUEST / "dracut"
DRACUT_MODULES = ("base", "rootfs-block", "kernel-modules", "udev-rules", "fs-lib", "crash-lab")
DRACUT_INITRD = "/boot/dracut-kdump.img"


class Image:
    """A run's own copy of a layer: the disk, and the kernel and initrd that a boot loader would read from it."""

    def __init__(self, directory, architecture):
        self.disk, self.initrd = directory / "disk.img", directory / "initrd"
        self.kernel = kernels.Kernel("debian", directory / "vmlinuz", directory, architecture)


def _digest(*parts):
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:16]


def _recipe(architecture):
    """Digest of what the tree is made from: another recipe, another tree. `crash-lab prepare --refresh` takes newer packages."""
    return _digest(architecture.kernel_package, architecture.console, PACKAGES, MODULES, INITRD_MODULES, LABEL, MASKED, UNIT, KDUMP_SETTINGS,
                   *(inspect.getsource(step) for step in (_install, _set_kdump, _configure)))


def _chroot(root, *command, timeout=300):
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    return call([program("chroot"), root, *command], timeout=timeout, env=environment)


def tree(architecture):
    """The Debian installation without this project, as a directory. Built at its first use."""
    if architecture.name != platform.machine():
        raise Unavailable(f"a Debian guest is built for {platform.machine()} here, not for {architecture.name}")
    target = cache_dir() / "debian" / _recipe(architecture) / "root"
    with packages.cache_lock():
        if target.exists():
            return target
        if os.geteuid() != 0:
            raise Unavailable("a Debian guest can be built by root only")
        for old in (cache_dir() / "debian").glob("*"):
            shutil.rmtree(old)
        target.parent.mkdir(parents=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as work:
            root = Path(work) / "root"
            _install(root, architecture)
            _configure(root, architecture)
            root.rename(target)
    return target


def _install(root, architecture):
    say("building a Debian guest")
    excluded = [f"--dpkgopt=path-exclude=/lib/modules/*/kernel/{name}/*" for name in ("drivers", "fs", "net", "sound")]
    included = [f"--dpkgopt=path-include=/lib/modules/*/kernel/{name}*" for name in MODULES]
    # With MODULES=most initramfs-tools would look for the root device; there is none yet.
    settings = (f'mkdir -p "$1/etc/initramfs-tools/conf.d" "$1/usr/share/initramfs-tools/modules.d" && '
                f'echo MODULES=list >"$1/etc/initramfs-tools/conf.d/crash-lab" && '
                f'printf "{INITRD_MODULES}" >"$1/usr/share/initramfs-tools/modules.d/crash-lab"').replace("\n", "\\n")
    try:
        call([program("mmdebstrap"), "--quiet", "--mode=root", "--variant=minbase", f"--include={','.join((architecture.kernel_package, *PACKAGES))}",
              *excluded, *included, "--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-exclude=/usr/share/man/*",
              "--dpkgopt=path-exclude=/usr/share/locale/*", f"--essential-hook={settings}", "", root, *packages.host_sources()],
             timeout=900)
    except LabError as error:
        raise Unavailable(f"a Debian guest cannot be built: {error}") from None


def _version(root):
    return sorted((root / "lib/modules").iterdir())[-1].name


def _set_kdump(root, settings):
    """Append settings to kdump-tools' file, which must stay: it names the kernel and initrd to load."""
    with (root / "etc/default/kdump-tools").open("a", encoding="utf-8") as file:
        file.write("\n" + settings)


def _configure(root, architecture):
    version = _version(root)
    for name, text in {"etc/fstab": f"LABEL={LABEL} / ext4 defaults 0 1\n", "etc/hostname": "crash-lab\n",
                       "etc/systemd/system/crash-lab.service": UNIT,
                       # The lab loads it later: QEMU aborts when this driver resets the card while frames come in.
                       "etc/modprobe.d/crash-lab.conf": "blacklist e1000e\n"}.items():
        (root / name).write_text(text, encoding="ascii")
    _set_kdump(root, KDUMP_SETTINGS)
    wants = root / "etc/systemd/system/multi-user.target.wants"
    wants.mkdir(parents=True, exist_ok=True)
    (wants / "crash-lab.service").symlink_to("/etc/systemd/system/crash-lab.service")
    for unit in (*MASKED, f"serial-getty@{architecture.console}.service"):
        mask = root / "etc/systemd/system" / unit
        mask.unlink(missing_ok=True)
        mask.symlink_to("/dev/null")
    # Otherwise systemd treats each boot as the first one after an installation, which takes long.
    _chroot(root, "systemd-machine-id-setup")
    for name in ("etc/.updated", "var/.updated"):
        (root / name).touch()
    _chroot(root, "passwd", "-d", "root")
    # The kernel was configured before kdump-tools, so its hook has not run.
    _chroot(root, KERNEL_HOOK, version)
    # Otherwise kdump-config thinks that the initrd is old and builds another while the guest boots.
    kdump = root / "var/lib/kdump"
    shutil.copyfile(root / "etc/kdump/sysctl.conf", kdump / f"latest_sysctls-{version}")
    for name, link in {"vmlinuz": f"/boot/vmlinuz-{version}", "initrd.img": f"/var/lib/kdump/initrd.img-{version}"}.items():
        (kdump / name).unlink(missing_ok=True)
        (kdump / name).symlink_to(link)
    for name in ("var/cache/apt", "var/lib/apt/lists"):
        shutil.rmtree(root / name)


def copy(architecture, control, build, dracut, target):
    """Copy the guest into a new directory: stock Debian for a control run, else with this project's package installed."""
    base, deb = tree(architecture), None if control else package(build)
    what = [f"deb {hashlib.sha256(deb.read_bytes()).hexdigest()}" if deb else "stock"]
    if dracut:
        what += [path.read_text(encoding="utf-8") for path in sorted(DRACUT_MODULE.iterdir())]
    made = base.parent / f"{'stock' if control else 'product'}{'-dracut' if dracut else ''}-{_digest(*what)}"
    with packages.cache_lock():
        if not made.exists():
            _make_layer(base, deb, dracut, made)
        call(["cp", "-r", "--sparse=always", "--reflink=auto", made, target])
    return Image(target, architecture)


def _make_layer(base, deb, dracut, made):
    """Build a layer and remove the older one. Installing the package also rebuilds kdump's initrd."""
    with tempfile.TemporaryDirectory(dir=base.parent) as work:
        root, layer = Path(work) / "root", Path(work) / "layer"
        call(["cp", "-a", "--reflink=auto", base, root])
        if deb:
            say(f"installing {deb.name} in a Debian guest")
            shutil.copyfile(deb, root / "tmp" / deb.name)
            _chroot(root, "dpkg", "-i", f"/tmp/{deb.name}")
            (root / "tmp" / deb.name).unlink()
        if dracut:
            _add_dracut(root, not deb)
        _make_disk(root, layer)
        for old in base.parent.glob(made.name.rpartition("-")[0] + "-" + "?" * 16):
            shutil.rmtree(old)
        layer.rename(made)


def _make_disk(root, made):
    version = _version(root)
    made.mkdir()
    shutil.copyfile(root / "boot" / f"vmlinuz-{version}", made / "vmlinuz")
    shutil.copyfile(root / "boot" / f"initrd.img-{version}", made / "initrd")
    (root / "lab").mkdir()
    call([program("mke2fs"), "-q", "-t", "ext4", "-L", LABEL, "-d", root, made / "disk.img", DISK_SIZE])


def _add_dracut(root, control):
    """Build a capture initramfs with dracut. The guest loads it itself; kdump-tools is switched off."""
    shutil.copytree(DRACUT_MODULE, root / "usr/lib/dracut/modules.d/99crash-lab")
    modules = [*DRACUT_MODULES, *([] if control else ["kdump-quiesce"])]
    _chroot(root, "dracut", "--no-hostonly", "--zstd", "-m", " ".join(modules), "--drivers", INITRD_MODULES.replace("\n", " "),
            DRACUT_INITRD, _version(root))
    _set_kdump(root, "USE_KDUMP=0\n")


def package(build):
    """Path of the Debian package of this source tree. It is built again when a source file is newer."""
    directory = Path(build or TOP / "build") / "package"
    names = call(["git", "-C", TOP, "ls-files", "-z", "--", ".", ":!tests", ":!scripts/crash_lab"]).split("\0")
    newest = max((TOP / name).stat().st_mtime for name in names if name and (TOP / name).is_file())
    with packages.cache_lock():
        found = list(directory.glob("kdump-quiesce_*.deb"))
        if not found or found[0].stat().st_mtime < newest:
            say("building the Debian package")
            call([TOP / "scripts/package", directory], timeout=1200)
            found = list(directory.glob("kdump-quiesce_*.deb"))
    return found[0]
