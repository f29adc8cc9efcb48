/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In place of libicudata: 31 MB that the guest's loader maps because libarchive uses libxml2, which uses ICU; no program
 * of the guest looks into them. The symbol is the one that libicuuc asks for, in whatever version.
 */
const char ICU_DATA[16];
