# SPDX-License-Identifier: GPL-2.0-or-later
"""What came of the two runs of a pair, which verdict they get, and the tables of many: for campaign.py."""

from .expect import Expectation
from .faults import FAULTS

# A pair is bad if it went worse with the plugin than without it.
BAD, SAME, BETTER, VOID = "bad", "same", "better", "void"
GROUPS = ("iommu", "moment", "fault", "carrier", "mode", "kernel")
LATE = ("capture-start", "iommu-init", "ready")


def summary(result, fault):
    """What counts of one run, from its Result: all that a state file holds of it."""
    seen, live = result.observed, result.live
    booted, saved = seen.get("capture") == "booted", seen.get("dump") == "saved"
    out = {"live": live, "booted": booted, "saved": saved, "dma": _dma(seen) if live else None,
           "why": "" if booted and saved else result.why, "seconds": result.seconds}
    if "fault" in seen:
        out["fault"] = seen["fault"]
    if result.mode == "protected" and saved:
        record = seen.get("record")
        out["record"] = _record(record) if isinstance(record, dict) else "none"
        if fault != "none":
            missed = [text for text in FAULTS[fault].record if not Expectation(text, "").holds(seen)[0]]
            out["said"] = not missed
            if missed:
                out["missed"] = missed
    return out


def _dma(seen):
    """Did DMA still reach memory once the capture kernel ran?"""
    return bool(seen.get("frames_after_capture_start")) or any(
        seen.get("edu", {}).get(moment) in ("written", "misdirected") for moment in LATE)


def _record(record):
    """The record in one line: stages that were not ok, and what was caught."""
    words = [f"{stage['stage']} {stage['status']}" for stage in record.get("stages", []) if stage.get("status") != "ok"]
    words += [f"{record['nmis']} NMIs"] if record.get("nmis") else []
    words += [] if record.get("sealed") else ["not sealed"]
    return ", ".join(dict.fromkeys(words)) or "ok"


def verdict(tries):
    """Of all tries of a pair, each {"without": summary, "with": summary}."""
    tries = [one for one in tries if one["without"]["live"] and one["with"]["live"]]
    if not tries:
        return VOID
    score = {mode: [sum(one[mode][what] for one in tries) for what in ("booted", "saved")] for mode in ("without", "with")}
    if any(ours < theirs for ours, theirs in zip(score["with"], score["without"])):
        return BAD
    return SAME if score["with"] == score["without"] else BETTER


def worse(one):
    """Went this try of a pair worse with the plugin?"""
    return verdict([one]) == BAD


def table(pairs):
    """The tables of a campaign as {group: {value: counts}}, and under "all" the whole."""
    tables = {"all": {"all": _counts(pairs)}}
    for group in GROUPS:
        values = sorted({pair["draw"][group] for pair in pairs}, key=lambda value: (value == "none", value))
        tables[group] = {value: _counts([pair for pair in pairs if pair["draw"][group] == value]) for value in values}
    return tables


def _counts(pairs):
    """Of each pair its last try counts, whose two runs are like any other's; what was seen in any try is in the verdict."""
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
    """The tables as text: numbers without the plugin, then with it."""
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
