# SPDX-License-Identifier: GPL-2.0-or-later
"""Two runs of one scenario side by side on one screen: without the plugin and with it. `scripts/demo` prints it.

Takes results as `run_scenario` returns them, or as --json wrote them.
"""

MOMENTS = ("after-panic", "capture-start", "iommu-init", "ready")
WIDTH = 22


def _rows(observed):
    """(label, function of an observation dict) for everything that one of the runs observed."""
    rows = []
    for name in sorted(key for key in observed if key.startswith("edu")):
        rows += [(f"{name} writes at {moment}", lambda o, n=name, m=moment: o.get(n, {}).get(m, "-"))
                 for moment in MOMENTS]
    for key, label in (("frames_sent_after_crash", "frames sent after the crash"),
                       ("frames_after_crash", "  of them in old memory"),
                       ("frames_after_capture_start", "  sent in the capture kernel's time"),
                       ("blocks_after_crash", "disk blocks that landed after it"),
                       ("translations_after_crash", "requests the IOMMU let through"),
                       ("faults_after_crash", "requests the IOMMU refused"),
                       ("capture", "capture kernel"), ("nic", "NIC in the capture kernel"), ("dump", "dump")):
        if key in observed:
            rows.append((label, lambda o, k=key: str(o.get(k, "-"))))
    rows.append(("dump size", lambda o: f"{o['dump_bytes'] / 1e6:.1f} MB" if "dump_bytes" in o else "-"))
    for key, label in (("capture_start", "panic to capture kernel"), ("ready", "panic to its user space"),
                       ("dump", "panic to dump saved")):
        rows.append((label, lambda o, k=key: f"{o['times'][k]:.1f} s" if k in o.get("times", {}) else "-"))
    return rows


def comparison(control, protected):
    """The table as text. Each argument is a Result or a dict of one."""
    without, with_plugin = (item["observed"] if isinstance(item, dict) else item.observed for item in (control, protected))
    lines = [f"{'':38}{'without':{WIDTH}}with kdump-quiesce"]
    for label, value in _rows({**without, **with_plugin}):
        lines.append(f"{label:38}{value(without)[:WIDTH - 2]:{WIDTH}}{value(with_plugin)}")
    stages = with_plugin.get("record", {}).get("stages") if isinstance(with_plugin.get("record"), dict) else None
    if stages:
        lines += ["", "stages at the crash: " + ", ".join(
            f"{stage['stage']} {stage['status']} {stage['took_us'] / 1000:.1f} ms" for stage in stages)]
    return "\n".join(lines)
