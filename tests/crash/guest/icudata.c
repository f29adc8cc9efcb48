/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A replacement for libicudata, whose 31 MB the guest's loader would map: libarchive uses libxml2, which uses ICU. No program of the
 * guest reads the data. ICU_DATA is the symbol that libicuuc asks for; its name has ICU's version.
 */
const char ICU_DATA[16];
