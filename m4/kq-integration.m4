# SPDX-License-Identifier: GPL-2.0-or-later
# KQ_INTEGRATION: whose kdump `make install` hangs the programs into.
AC_DEFUN([KQ_INTEGRATION], [
	AC_ARG_WITH([integration],
		[AS_HELP_STRING([--with-integration=LIST],
			[hang the programs into the kdump of these, separated by commas: debian, rhel, suse, dracut])],
		[], [with_integration=no])
	AS_CASE([$with_integration], [yes], [AC_MSG_ERROR([--with-integration: of debian, rhel, suse or dracut?])],
		[no|none], [with_integration=])
	INTEGRATION=$(AS_ECHO(["$with_integration"]) | tr , ' ')
	for each in $INTEGRATION; do
		AS_CASE([$each], [debian|rhel|suse|dracut], [],
			[AC_MSG_ERROR([--with-integration: debian, rhel, suse and dracut are known, $each is not])])
	done
	AS_IF([test -n "$INTEGRATION" && test "$prefix" != /usr],
		[AC_MSG_WARN([initramfs-tools and dracut look for their parts below /usr only: use --prefix=/usr])])
	AC_SUBST([INTEGRATION])
])
