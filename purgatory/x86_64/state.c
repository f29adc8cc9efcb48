/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that assembly and C share, with the offsets of layout.h checked.
 */
#include "state.h"

#include "boot/handover.h"
#include "image.h"
#include "layout.h"
#include "machine.h"

struct cpu_state cpu_state __attribute__((section(".bss.state"), aligned(64)));
struct traps traps;

struct stacks stacks __attribute__((section(".bss.stacks"), aligned(64)));

#define ASSERT_STATE(member, offset) _Static_assert(offsetof(struct cpu_state, member) == (offset), #member)
ASSERT_STATE(general[15], STATE_R15);
ASSERT_STATE(rflags, STATE_RFLAGS);
ASSERT_STATE(cr2, STATE_CR2);
ASSERT_STATE(cr3, STATE_CR3);
ASSERT_STATE(cr4, STATE_CR4);
ASSERT_STATE(time, STATE_TIME);
ASSERT_STATE(target, STATE_TARGET);
ASSERT_STATE(cs, STATE_CS);
ASSERT_STATE(ss, STATE_SS);
ASSERT_STATE(gdtr, STATE_GDTR);
ASSERT_STATE(idtr, STATE_IDTR);
ASSERT_STATE(base, STATE_BASE);
_Static_assert(sizeof(stacks) == LAYOUT_STACKS, "stacks");
_Static_assert(sizeof(struct cpu_state) >= STATE_SIZE, "cpu_state");
_Static_assert(offsetof(struct trap_frame, outer) == FRAME_OUTER, "outer");
_Static_assert(offsetof(struct trap_frame, rsp) == FRAME_RSP, "rsp");
_Static_assert(offsetof(struct trap_frame, status) == FRAME_STATUS, "status");
_Static_assert(offsetof(struct traps, frame) == TRAPS_FRAME, "frame");
_Static_assert(offsetof(struct traps, nmis) == TRAPS_NMIS, "nmis");
_Static_assert(offsetof(struct traps, leaves) == TRAPS_LEAVES, "leaves");
_Static_assert(offsetof(struct traps, hold) == TRAPS_HOLD, "hold");
_Static_assert(!IQ_OK, "what trap_nmi returns of a step that it ends");
_Static_assert(IQ_HANDOVER_OFFSET + offsetof(struct iq_handover, next) == LAYOUT_NEXT, "next");
_Static_assert(LAYOUT_MACHINE == IQ_MACHINE_X86_64, "machine");
