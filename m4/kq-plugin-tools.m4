# SPDX-License-Identifier: GPL-2.0-or-later
# KQ_PLUGIN_TOOLS: the binutils that turn the plugin into a flat image and check it.
AC_DEFUN([KQ_PLUGIN_TOOLS], [
	AC_CHECK_TOOL([OBJCOPY], [objcopy])
	AC_CHECK_TOOL([OBJDUMP], [objdump])
	AC_CHECK_TOOL([READELF], [readelf])
	AC_CHECK_TOOL([NM], [nm])
	AS_IF([test -z "$OBJCOPY" || test -z "$OBJDUMP" || test -z "$READELF"],
		[AC_MSG_ERROR([objcopy, objdump and readelf (binutils) are needed to build the plugin])])
])
