/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stages stop and contain did to devices and ports, as every command shows it.
 */
#ifndef KQ_STOPPED_H
#define KQ_STOPPED_H

#include "base/json.h"
#include "record.h"

/* "0000:03:00.0", or "01:00.0 behind 0000:00:05.5" of what a VMD hides. Valid until the next call. */
const char *stopped_place(uint16_t segment, uint16_t requester, uint16_t behind);
/*
 * "0000:03:00.0 bus master cleared, done after 12 us, MSI-X off", valid until the next call. @tick_khz is the record's, 0: times
 * are not known.
 */
const char *stopped_device_text(const struct iq_record_device *device, uint32_t tick_khz);
/* Its keys, into an object that is open. */
void stopped_device_json(struct kq_json *json, const struct iq_record_device *device, uint32_t tick_khz);
/* "0000:00:01.0, root port above buses 01 to 03: SERR, AER, DPC masked; then unsupported request", valid until the next call. */
const char *stopped_port_text(const struct iq_record_port *port);
void stopped_port_json(struct kq_json *json, const struct iq_record_port *port);

#endif
