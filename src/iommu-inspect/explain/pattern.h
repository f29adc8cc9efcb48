/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Patterns of messages. A character stands for itself, a space for one or more of blank space. {NAME} is a field:
 *
 *	{device}	[segment:]bus:device.function
 *	{sid}		the same as one hexadecimal number
 *	{code}		hexadecimal with 0x in front, else decimal: Linux has written fault reasons in both ways
 *	{hexcode}	hexadecimal
 *	{address}, {pasid}, {raw}	hexadecimal; {raw} is a word of the event itself, of 16 digits
 *	{access}	read or write
 *	{place}		the name of a unit: up to a space, a comma or a colon that a space follows
 *	{any}		anything, as little as fits
 *	{number}, {times}	decimal; {digits} is not kept
 *	{w-NAME}	a word, up to a space, a comma or a bracket
 *	{t-NAME}	text, as little as fits
 *	{NAME}		hexadecimal, kept as NAME
 *
 * The text may have been cut into lines anywhere, also inside of a number; the cut is a line feed.
 */
#ifndef EXPLAIN_PATTERN_H
#define EXPLAIN_PATTERN_H

#include "fault.h"

/*
 * Find @pattern anywhere in @text; what its fields hold goes into @fault. With @cut, a place in @text, only where it begins before that and
 * ends behind it.
 */
bool explain_match(const char *pattern, const char *text, const char *cut, struct explain_fault *fault);

#endif
