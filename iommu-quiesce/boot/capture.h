/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The capture kernel as its loader left it: what the image carrier could not know when it made the handover is read
 * here through the machine's boot protocol (boot.h), and room for the record is made there. Used by the plugin at the crash.
 */
#ifndef IQ_CAPTURE_H
#define IQ_CAPTURE_H

#include "boot.h"

/*
 * The image carrier's own memory behind the plugin: command line, spare pages, and then the ELF core header if it has
 * to move, and the record. A header of IQ_CAPTURE_AREA - IQ_RECORD_MAX bytes has 2,000 entries, 1,600 with a sink.
 */
#define IQ_CAPTURE_AREA (IQ_BOOT_LINE + 4096u + 2 * IQ_RECORD_MAX)

/*
 * Is this the start of a capture kernel? Of @boot nothing was checked. False for every other start of the same image; then
 * nothing is to be done, not even written.
 */
bool iq_capture_is_one(const struct iq_boot *boot);

/*
 * Make @handover, as the image carrier sealed it, into one as the segment carrier would have: addresses for offsets, a
 * place for the record that the memory map reserves, its PT_NOTE in the ELF core header, the command line that the policy
 * wants. @base: where the plugin's image lies. The capture kernel boots whatever this returns, for all changes are whole.
 * IQ_OK; IQ_UNSUPPORTED: with this command line the capture kernel would, or may, never reach its disks again if DMA were
 * blocked, and policy has nothing else done (else IQ_HANDOVER_NO_BLOCK is set); anything else: there will be no record,
 * handover->note is 0.
 */
enum iq_status iq_capture_prepare(const struct iq_boot *boot, struct iq_handover *handover, uint64_t base);

/* What the command line @line of a capture kernel says about units that do not translate: IQ_HANDOVER_SWITCHED_ON, _OFF, or 0. */
uint32_t iq_capture_switches(const char *line);

#endif
