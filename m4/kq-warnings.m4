# SPDX-License-Identifier: GPL-2.0-or-later
# KQ_WARNINGS: the warnings of every C file; errors in a checkout of the sources, not in a release tarball.
AC_DEFUN([KQ_WARNINGS], [
	AC_ARG_ENABLE([werror],
		[AS_HELP_STRING([--disable-werror], [do not treat warnings as errors (default in a git checkout: do)])],
		[], [AS_IF([test -e "$srcdir/.git"], [enable_werror=yes], [enable_werror=no])])
	WARN_CFLAGS="-Wall -Wextra -Wshadow -Wvla -Wconversion -Wno-sign-conversion -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wpointer-arith -Wwrite-strings"
	AS_IF([test "$enable_werror" = yes], [WARN_CFLAGS="$WARN_CFLAGS -Werror"])
	AC_SUBST([WARN_CFLAGS])
])
