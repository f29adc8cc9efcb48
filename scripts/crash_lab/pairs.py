# SPDX-License-Identifier: GPL-2.0-or-later
"""Summaries of a pair's two runs, the verdict on a pair, and tables of many pairs. For campaign.py."""

from .expect import Expectation
from .faults import FAULTS

# Verdicts. A pair is bad if it went worse with the plugin than without it, void if a run never came to its crash.
BAD, SAME, BETTER, VOID = "bad", "same", "better", "void"
GROUPS = ("iommu", "moment", "fault", "carrier", "mode", "kernel")
LATE = ("capture-start", "iommu-init", "ready")
# What exec says where its plugin would do nothing and is not loaded: there is no record then.
NOT_LOADED = "leaves devices alone where no IOMMU translates"


def summary(result, fault):
    """The part of a run's Result that counts. The state file holds no more of it."""
    seen, live = result.observed, result.live
    booted, saved = seen.get("capture") == "booted", seen.get("dump") == "saved"
    out = {"live": live, "booted": booted, "saved": saved, "dma": _dma(seen) if live else None,
           "why": "" if booted and saved else result.why, "seconds": result.seconds}
    if "fault" in seen:
        out["fault"] = seen["fault"]
    if result.mode == "protected" and saved:
        record = seen.get("record")
        out["record"] = _record(record) if isinstance(record, dict) else "none"
        if fault != "none" and NOT_LOADED not in seen.get("loader-log", ""):
            missed = [text for text in FAULTS[fault].record if not Expectation(text, "").holds(seen)[0]]
            out["said"] = not missed
            if missed:
                out["missed"] = missed
    return out


def _dma(seen):
    """Did DMA still reach memory when the capture kernel ran?"""
    return bool(seen.get("frames_after_capture_start")) or any(
        seen.get("edu", {}).get(moment) in ("written", "misdirected") for moment in LATE)


def _record(record):
    """The record in one line: stages that were not ok, and NMIs."""
    words = [f"{stage['stage']} {stage['status']}" for stage in record.get("stages", []) if stage.get("status") != "ok"]
    words += [f"{record['nmis']} NMIs"] if record.get("nmis") else []
    words += [] if record.get("sealed") else ["not sealed"]
    return ", ".join(dict.fromkeys(words)) or "ok"


def is_sound(pair):
    """Has this value, read from a state file, all that is read of a pair?"""
    def run(one):
        return isinstance(one, dict) and isinstance(one.get("why"), str) and {"live", "booted", "saved", "dma"} <= one.keys()

    if not isinstance(pair, dict) or not isinstance(pair.get("draw"), dict) or not isinstance(pair.get("tries"), list):
        return False
    return (type(pair.get("seed")) is int and pair.get("verdict") in (BAD, SAME, BETTER, VOID) and bool(pair["tries"])
            and all(isinstance(pair["draw"].get(group), str) for group in GROUPS)
            and all(isinstance(one, dict) and run(one.get("without")) and run(one.get("with")) for one in pair["tries"]))


def verdict(tries):
    """The verdict on all tries of a pair, each {"without": summary, "with": summary}."""
    tries = [one for one in tries if one["without"]["live"] and one["with"]["live"]]
    if not tries:
        return VOID
    score = {mode: [sum(one[mode][what] for one in tries) for what in ("booted", "saved")] for mode in ("without", "with")}
    if any(ours < theirs for ours, theirs in zip(score["with"], score["without"])):
        return BAD
    return SAME if score["with"] == score["without"] else BETTER


def worse(one):
    """Did this try of a pair go worse with the plugin?"""
    return verdict([one]) == BAD


def table(pairs):
    """The tables of a campaign as {group: {value: counts}}. The group "all" has all pairs."""
    tables = {"all": {"all": _counts(pairs)}}
    for group in GROUPS:
        values = sorted({pair["draw"][group] for pair in pairs}, key=lambda value: (value == "none", value))
        tables[group] = {value: _counts([pair for pair in pairs if pair["draw"][group] == value]) for value in values}
    return tables


def _counts(pairs):
    """Counts over pairs. Each pair counts by its last try; its verdict is on all of its tries."""
    counted = [pair for pair in pairs if pair["verdict"] != VOID]
    last = [pair["tries"][-1] for pair in counted]
    counts = {"pairs": len(counted), "void": len(pairs) - len(counted)}
    for mode in ("without", "with"):
        for what in ("booted", "saved", "dma"):
            counts[f"{what}_{mode}"] = sum(bool(one[mode][what]) for one in last)
    counts["said"] = sum(bool(one["with"].get("said")) for one in last)
    counts["asked"] = sum("said" in one["with"] for one in last)
    for name in (BAD, BETTER):
        counts[name] = sum(pair["verdict"] == name for pair in counted)
    return counts


def text(pairs):
    """The tables as text. Numbers are without/with the plugin."""
    head = (f"{'':24}{'pairs':>6}{'booted':>12}{'dump saved':>13}{'DMA later':>12}{'fault said':>12}{'better':>8}{'bad':>5}"
            f"{'void':>6}")
    lines = ["without/with the plugin; DMA later: DMA reached memory in the capture kernel's time", "", head]
    for group, rows in table(pairs).items():
        lines.append("" if group == "all" else f"\nby {group}")
        for value, row in rows.items():
            both = [f"{row[f'{what}_without']}/{row[f'{what}_with']}" for what in ("booted", "saved", "dma")]
            said = f"{row['said']} of {row['asked']}" if row["asked"] else "-"
            lines.append(f"{value:24}{row['pairs']:6}{both[0]:>12}{both[1]:>13}{both[2]:>12}{said:>12}{row['better']:8}"
                         f"{row['bad']:5}{row['void']:6}")
    return "\n".join(lines)
