/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The build includes this before every source of the plugin. It makes declarations hidden too: no symbol comes from another image, so
 * the compiler needs no GOT. -fvisibility=hidden covers definitions only.
 */
#pragma GCC visibility push(hidden)
