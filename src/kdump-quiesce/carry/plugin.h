/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plugin and the first page of a wrapped kernel, built in purgatory/ and included in the program (plugin.S).
 */
#ifndef KQ_PLUGIN_H
#define KQ_PLUGIN_H

#include <stdint.h>

extern const uint8_t kq_plugin_start[], kq_plugin_end[]; /* the plugin */
extern const uint8_t kq_front_start[], kq_front_end[];	 /* the first page of a wrapped kernel */

#endif
