/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The handover as it stands in the image file: what a carrier has to know before it fills in the rest, and the last bytes.
 * Written as assembly because the sizes of the image are the linker's to say; the numbers still come from handover.h.
 */
#include "boot/handover.h"
#include "layout.h"

void handover_image(void);

/* Never called, and thrown away by the linker: a function is the only place where an asm statement takes numbers. */
__attribute__((section(".discard"), used)) void handover_image(void)
{
	/*
	 * "X - . + n" is X minus the image's start, since the field lies n bytes behind it: the one form of a distance
	 * that the linker can fill in without leaving a relocation.
	 */
	__asm__ volatile(".pushsection .handover, \"a\"\n"
			 "0: .long %c0\n"
			 ".org 0b + %c2\n .short %c1\n"
			 ".org 0b + %c3\n .short %c4\n"
			 ".org 0b + %c5\n .long %c6\n"
			 ".org 0b + %c7\n .long image_end - . + %c8 + %c7\n"
			 ".org 0b + %c9\n .long memory_end - . + %c8 + %c9\n"
			 ".org 0b + %c6\n"
			 ".popsection\n"
			 ".pushsection .tail, \"a\"\n"
			 ".skip %c10\n"
			 ".popsection\n"
			 :
			 : "i"(IQ_HANDOVER_MAGIC), "i"(IQ_HANDOVER_VERSION), "i"(offsetof(struct iq_handover, version)),
			   "i"(offsetof(struct iq_handover, machine)), "i"(LAYOUT_MACHINE),
			   "i"(offsetof(struct iq_handover, size)), "i"(sizeof(struct iq_handover)),
			   "i"(offsetof(struct iq_handover, image_size)), "i"(IQ_HANDOVER_OFFSET),
			   "i"(offsetof(struct iq_handover, memory_size)), "i"(sizeof(struct iq_handover_tail)));
}
