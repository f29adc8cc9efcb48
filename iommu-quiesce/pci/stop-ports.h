/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Root ports in place of devices that do not stop: part of stage stop.
 */
#ifndef IQ_STOP_PORTS_H
#define IQ_STOP_PORTS_H

#include "run.h"
#include "sources.h"

/* What a read of a function's Command register says after Bus Master Enable was cleared: IQ_OK, IQ_STILL_OPEN or IQ_ABSENT. */
enum iq_status iq_stopped(uint32_t command);
/* Does @device do no DMA any more? */
bool iq_has_obeyed(const struct iq_record_device *device);
/*
 * Clear Bus Master Enable of the root port above each of the first @devices in run->device[] that did not obey, unless
 * something below that port has to go on. Ports that were stopped are in the record. @scan: as in iq_each_source().
 */
void iq_stop_ports(struct iq_run *run, unsigned int devices, enum iq_scan scan);

#endif
