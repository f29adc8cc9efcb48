/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Included before every source of the plugin by the build: nothing that is declared comes from another image, so that no
 * address goes through a GOT. -fvisibility=hidden says that of definitions only.
 */
#pragma GCC visibility push(hidden)
