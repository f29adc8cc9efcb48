# SPDX-License-Identifier: GPL-2.0-or-later
# KQ_SANITIZERS: unit tests are linked against a build of the core with AddressSanitizer and UndefinedBehaviorSanitizer,
# where the compiler has them; or run under valgrind (--enable-valgrind).
AC_DEFUN([KQ_SANITIZERS], [
	AC_ARG_ENABLE([sanitizers],
		[AS_HELP_STRING([--disable-sanitizers], [do not build the tests with ASan and UBSan])],
		[], [enable_sanitizers=yes])
	SANITIZE_CFLAGS="-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
	have_sanitizers=no
	AS_IF([test "$enable_sanitizers" = yes], [
		saved_CFLAGS=$CFLAGS
		CFLAGS="$CFLAGS $SANITIZE_CFLAGS"
		AC_MSG_CHECKING([whether the sanitizers link])
		AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [have_sanitizers=yes])
		AC_MSG_RESULT([$have_sanitizers])
		CFLAGS=$saved_CFLAGS
	])
	AS_IF([test "$have_sanitizers" = no], [SANITIZE_CFLAGS=])
	AC_SUBST([SANITIZE_CFLAGS])
	AM_CONDITIONAL([SANITIZED], [test "$have_sanitizers" = yes])
	AC_ARG_ENABLE([valgrind],
		[AS_HELP_STRING([--enable-valgrind@<:@=quick@:>@], [run the unit tests under valgrind, or only the
			quick ones of the crash path; wants --disable-sanitizers])],
		[], [enable_valgrind=no])
	MEMCHECK=
	AS_CASE([$enable_valgrind], [yes | no | quick], [],
		[AC_MSG_ERROR([--enable-valgrind=$enable_valgrind: only quick is known])])
	AS_IF([test "$enable_valgrind" != no], [
		AC_CHECK_PROG([have_valgrind], [valgrind], [yes], [no])
		AS_IF([test "$have_valgrind" = no], [AC_MSG_ERROR([--enable-valgrind: there is no valgrind])])
		AS_IF([test "$have_sanitizers" = yes], [AC_MSG_ERROR([--enable-valgrind: not with sanitizers])])
		MEMCHECK='$(top_srcdir)/tests/memcheck'
		AS_IF([test "$enable_valgrind" = quick], [MEMCHECK="$MEMCHECK --quick"])
	])
	AC_SUBST([MEMCHECK])
	AM_CONDITIONAL([MEMCHECKED], [test "$enable_valgrind" != no])
])
