/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files below the root directory of a machine that somebody else may have made: nothing in there leads out of it, and nothing hangs.
 * For sysroot.h, through which all programs look at machines.
 */
#ifndef KQ_BELOW_H
#define KQ_BELOW_H

#include <limits.h>
#include <stdbool.h>

/*
 * Open @path as if the directory @root were the root of all files: links and ".." lead to no place outside of it, and the links of
 * procfs that are no paths lead nowhere. @flags are those of open(2) without O_CREAT. Negative with errno: ENXIO if it is neither a
 * regular file nor a directory, unless @flags has O_PATH.
 */
int kq_below_open(const char *root, const char *path, int flags);
/*
 * The path below @root, without links and "..", that @path leads to; the last name's own link is followed if @last is set. What is not
 * there is taken for no link, but nothing goes back from it. @seen, unless NULL, is told of each link. False with errno: a circle of links, or too long.
 */
bool kq_below_resolve(const char *root, const char *path, bool last, char resolved[PATH_MAX], void (*seen)(const char *link));
/* What kq_below_open() does where the kernel has no openat2(2), Linux before 5.6: it trusts that nobody moves files meanwhile. */
int kq_below_open_by_hand(const char *root, const char *path, int flags);

#endif
