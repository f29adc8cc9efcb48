# SPDX-License-Identifier: GPL-2.0-or-later
# KQ_KERNEL_COMPILER: tests of iommu-inspect on a kernel's own symbols compile a small kernel with DWARF and BTF, which GCC
# from 12 on can do.
AC_DEFUN([KQ_KERNEL_COMPILER], [
	saved_CFLAGS=$CFLAGS
	CFLAGS="$CFLAGS -g -gbtf -fno-pic -mcmodel=kernel"
	AC_MSG_CHECKING([whether $CC describes types as BTF])
	AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])], [have_kernel_compiler=yes], [have_kernel_compiler=no])
	AC_MSG_RESULT([$have_kernel_compiler])
	CFLAGS=$saved_CFLAGS
	AM_CONDITIONAL([HAVE_KERNEL_COMPILER], [test "$have_kernel_compiler" = yes])
])
