# SPDX-License-Identifier: GPL-2.0-or-later
# KQ_SANITIZERS: unit tests are linked against a build of the core with AddressSanitizer and UndefinedBehaviorSanitizer,
# where the compiler has them.
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
])
