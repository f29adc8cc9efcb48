# SPDX-License-Identifier: GPL-2.0-or-later
"""crash-lab: crashes real kernels in QEMU under live DMA and says whether the dump survived.

`cli` is the command, `run.run_scenario` the library call that other scripts use.
"""
