/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The compressors of kdump-compressed dumps, behind one function.
 */
#ifndef DECOMPRESS_H
#define DECOMPRESS_H

#include "base/message.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Unpack the @size bytes at @from, compressed as the flags of a page descriptor say, into exactly @room bytes at @to.
 * False with @reason.
 */
bool decompress(uint32_t flags, const uint8_t *from, size_t size, uint8_t *to, size_t room, struct kq_reason *reason);

#endif
