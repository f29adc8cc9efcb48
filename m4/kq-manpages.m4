# SPDX-License-Identifier: GPL-2.0-or-later
# KQ_MANPAGES: man pages are written for scdoc; a release tarball carries them built.
AC_DEFUN([KQ_MANPAGES], [
	AC_PATH_PROG([SCDOC], [scdoc])
	AS_IF([test -n "$SCDOC"], [have_scdoc=yes], [have_scdoc=no])
	AM_CONDITIONAL([HAVE_SCDOC], [test "$have_scdoc" = yes])
])
