/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BTF, the kernel's own description of its types, in the byte order of its machine (kernel, Documentation/bpf/btf.rst). It is
 * not read with libbpf, which before 1.3 does not check type ids; those in a dump may lead anywhere. A kernel has some 6 MiB
 * of BTF, more than iommu-reconcile may hold: it is read in pieces, and the place of every 64th type is kept.
 */
#include "layout.h"

#include "base/budget.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BTF_MAGIC   0xeb9fu
#define BTF_VERSION 1u
#define HEADER_SIZE 24u
#define TYPE_SIZE   12u
#define MEMBER_SIZE 12u
#define ARRAY_SIZE  12u
#define DEPTH_MAX   16u			/* typedefs of typedefs, structures in structures, arrays of arrays */
#define NAME_ROOM   64u			/* of a structure or member that is asked for */
#define STRIDE	    64u			/* the place of every STRIDE-th type is kept */
#define NAMESAKES   256u		/* structures with a name that is asked for; a name may have several */
#define PIECE	    4096u

/* btf_type.info */
#define INFO_COUNT IQ_MASK(15, 0)
#define INFO_KIND  IQ_MASK(28, 24)
#define INFO_FLAG  IQ_BIT(31)
/* btf_member.offset of a structure with INFO_FLAG */
#define MEMBER_BIT  IQ_MASK(23, 0)
#define MEMBER_BITS IQ_MASK(31, 24)

enum kind {
	KIND_INT = 1,
	KIND_PTR = 2,
	KIND_ARRAY = 3,
	KIND_STRUCT = 4,
	KIND_UNION = 5,
	KIND_ENUM = 6,
	KIND_TYPEDEF = 8,
	KIND_VOLATILE = 9,
	KIND_CONST = 10,
	KIND_RESTRICT = 11,
	KIND_TYPE_TAG = 18,
	KIND_ENUM64 = 19,
	KINDS = 20,
};

struct btf {
	struct btf_bytes *bytes;
	struct kq_reason *reason;
	bool failed; /* a read failed and filled in @reason; since then everything reads as zeros */
	uint64_t types, strings;
	uint32_t types_size, strings_size;
	uint32_t *at;		       /* of every STRIDE-th type, from the first on */
	uint32_t count;		       /* of types; type 0 is void and not described */
	uint64_t piece_at, piece_size; /* of the types */
	uint8_t piece[PIECE];
};

struct type {
	uint32_t name, info, size; /* the last is a type's id for some kinds */
	enum kind kind;
	uint32_t members;
	uint32_t behind; /* where its members or other details begin */
};

static uint32_t number(const struct btf *btf, const uint8_t *at)
{
	return order_get32(btf->bytes->order, at);
}

static void get(struct btf *btf, uint64_t at, void *to, size_t size)
{
	if (!btf->failed && btf->bytes->read(btf->bytes, at, to, size, btf->reason))
		return;
	btf->failed = true;
	memset(to, 0, size);
}

/* @size bytes, at most TYPE_SIZE, @at into the types. */
static void get_type(struct btf *btf, uint32_t at, void *to, size_t size)
{
	if (at < btf->piece_at || at + size > btf->piece_at + btf->piece_size) {
		btf->piece_at = at;
		btf->piece_size = iq_min(PIECE, btf->types_size - at);
		get(btf, btf->types + at, btf->piece, (size_t)btf->piece_size);
	}
	memcpy(to, btf->piece + (at - btf->piece_at), size);
}

/* How many bytes follow a type of @kind with @count members; UINT64_MAX for a kind that is not known. */
static uint64_t behind(uint32_t kind, uint64_t count)
{
	static const struct {
		uint8_t fixed, each;
	} size[KINDS] = {
		[KIND_INT] = { 4, 0 },
		[KIND_ARRAY] = { ARRAY_SIZE, 0 },
		[KIND_STRUCT] = { 0, 12 },
		[KIND_UNION] = { 0, 12 },
		[KIND_ENUM] = { 0, 8 },
		[13] = { 0, 8 } /* function prototype */,
		[14] = { 4, 0 } /* variable */,
		[15] = { 0, 12 } /* section */,
		[17] = { 4, 0 } /* declaration tag */,
		[KIND_ENUM64] = { 0, 12 },
	};

	return kind && kind < KINDS ? size[kind].fixed + count * size[kind].each : UINT64_MAX;
}

static struct type type_at(struct btf *btf, uint32_t at)
{
	uint8_t bytes[TYPE_SIZE];
	uint32_t info;

	get_type(btf, at, bytes, sizeof(bytes));
	info = number(btf, bytes + 4);

	return (struct type){
		.name = number(btf, bytes),
		.info = info,
		.size = number(btf, bytes + 8),
		.kind = (enum kind)iq_field(info, INFO_KIND),
		.members = (uint32_t)iq_field(info, INFO_COUNT),
		.behind = at + TYPE_SIZE,
	};
}

static bool read_header(struct btf *btf)
{
	const uint64_t size = btf->bytes->size;
	uint8_t bytes[HEADER_SIZE] = { 0 }, last = 0;
	uint16_t magic;
	uint64_t header;

	if (size >= HEADER_SIZE)
		get(btf, 0, bytes, sizeof(bytes));
	if (btf->failed)
		return false;
	magic = order_get16(btf->bytes->order, bytes);
	if (magic == __builtin_bswap16(BTF_MAGIC))
		return kq_fail(btf->reason, "BTF: it is not in the byte order of its machine");
	if (magic != BTF_MAGIC || bytes[2] != BTF_VERSION)
		return kq_fail(btf->reason, "BTF: no header that this program reads");
	header = number(btf, bytes + 4);
	btf->types = header + number(btf, bytes + 8);
	btf->types_size = number(btf, bytes + 12);
	btf->strings = header + number(btf, bytes + 16);
	btf->strings_size = number(btf, bytes + 20);
	if (header < HEADER_SIZE || btf->types > size || btf->types_size > size - btf->types || btf->strings > size ||
	    btf->strings_size > size - btf->strings)
		return kq_fail(btf->reason,
			       "BTF: the types and strings that its header names are not in its %" PRIu64 " bytes",
			       size);
	if (btf->strings_size)
		get(btf, btf->strings + btf->strings_size - 1, &last, 1);
	if (!btf->strings_size || last)
		return kq_fail(btf->reason, "BTF: its strings have no end");
	return !btf->failed;
}

/* Read the name at @offset of the strings. It is cut to NAME_ROOM - 1 bytes: nobody asks for longer ones. */
static void get_name(struct btf *btf, uint32_t offset, char name[NAME_ROOM])
{
	name[0] = 0;
	if (offset && offset < btf->strings_size)
		get(btf, btf->strings + offset, name, (size_t)iq_min(NAME_ROOM - 1, btf->strings_size - offset));
	name[NAME_ROOM - 1] = 0;
}

static bool is_composite(const struct type *type)
{
	return type->kind == KIND_STRUCT || type->kind == KIND_UNION;
}

/* Places of the structures whose names are asked for. */
struct namesakes {
	uint32_t at[NAMESAKES];
	size_t count;
};

static void note_name(struct btf *btf, const struct type *type, const struct member *member, size_t count,
		      struct namesakes *namesakes)
{
	char name[NAME_ROOM];

	if (!is_composite(type) || !type->name)
		return;
	get_name(btf, type->name, name);
	for (size_t i = 0; *name && i < count && !btf->failed; i++) {
		if (strcmp(member[i].structure, name))
			continue;
		if (namesakes->count == NAMESAKES) {
			btf->failed = !kq_fail(btf->reason, "BTF: more than %u structures have a name that is asked for", NAMESAKES);
			return;
		}
		namesakes->at[namesakes->count++] = type->behind - TYPE_SIZE;
		return;
	}
}

/* Note the places of types, and check that no type is cut off. */
static bool index_types(struct btf *btf, const struct member *member, size_t count, struct namesakes *namesakes)
{
	btf->at = malloc((btf->types_size / TYPE_SIZE / STRIDE + 1) * sizeof(*btf->at));
	if (!btf->at)
		return kq_fail(btf->reason, "out of memory");
	btf->at[0] = 0;
	btf->count = 1;
	for (uint64_t at = 0; at < btf->types_size && !btf->failed;) {
		struct type type;
		uint64_t more;

		if (btf->types_size - at < TYPE_SIZE)
			return kq_fail(btf->reason, "BTF: type %u is cut off", btf->count);
		type = type_at(btf, (uint32_t)at);
		more = behind(type.kind, type.members);
		if (btf->failed)
			break;
		if (more == UINT64_MAX)
			return kq_fail(btf->reason, "BTF: type %u is of kind %u, which this program does not know",
				       btf->count, (unsigned int)type.kind);
		if (more > btf->types_size - at - TYPE_SIZE)
			return kq_fail(btf->reason, "BTF: type %u is cut off", btf->count);
		note_name(btf, &type, member, count, namesakes);
		if (btf->count % STRIDE == 0)
			btf->at[btf->count / STRIDE] = (uint32_t)at;
		btf->count++;
		at += TYPE_SIZE + more;
	}
	return !btf->failed;
}

/* The type with @id, from 1 to btf->count - 1. */
static struct type type_of(struct btf *btf, uint32_t id)
{
	const uint32_t first = id / STRIDE * STRIDE;
	uint32_t at = btf->at[id / STRIDE];

	/* Ids begin with 1. */
	for (uint32_t i = first ? first : 1; i < id; i++) {
		const struct type type = type_at(btf, at);

		at += TYPE_SIZE + (uint32_t)behind(type.kind, type.members);
	}
	return type_at(btf, at);
}

/* The type with @id, after all typedefs and qualifiers are followed. False if ids lead nowhere or in a circle. */
static bool resolve(struct btf *btf, uint32_t id, struct type *type)
{
	for (unsigned int depth = 0; depth < DEPTH_MAX; depth++) {
		if (!id || id >= btf->count || btf->failed)
			return false;
		*type = type_of(btf, id);
		switch (type->kind) {
		case KIND_TYPEDEF:
		case KIND_VOLATILE:
		case KIND_CONST:
		case KIND_RESTRICT:
		case KIND_TYPE_TAG:
			id = type->size;
			break;
		default:
			return true;
		}
	}
	return false;
}

/* Bits of a number or pointer of @type, 0 for anything else. */
static uint32_t bits_of(const struct type *type)
{
	switch (type->kind) {
	case KIND_PTR:
		return 64;
	case KIND_INT:
	case KIND_ENUM:
	case KIND_ENUM64:
		return type->size <= 8 ? 8 * type->size : 0;
	default:
		return 0;
	}
}

/* What @member is, whose type is @id; arrays of arrays count as one. */
static void describe(struct btf *btf, uint32_t id, struct member *member)
{
	uint64_t count = 1;
	struct type type;

	for (unsigned int depth = 0; resolve(btf, id, &type) && depth < DEPTH_MAX; depth++) {
		uint8_t array[ARRAY_SIZE];

		if (type.kind != KIND_ARRAY) {
			member->bits = bits_of(&type);
			member->size = type.kind == KIND_PTR ? 8 : type.size;
			member->count = count > UINT32_MAX ? 0 : (uint32_t)count;
			return;
		}
		get_type(btf, type.behind, array, sizeof(array));
		id = number(btf, array);
		count *= number(btf, array + 8);
		if (count > UINT32_MAX)
			count = UINT64_C(1) << 32;
	}
	member->count = 0;
}

/* Look for the member called @path in @in, which begins @bit bits into the structure that is asked about. */
/* NOLINTNEXTLINE(misc-no-recursion): up to DEPTH_MAX, and @left members */
static bool find_in(struct btf *btf, const struct type *in, uint32_t bit, unsigned int depth, const char *path,
		    uint64_t *left, struct member *member)
{
	const size_t part = strcspn(path, ".");

	for (uint32_t i = 0; i < in->members && *left && !btf->failed; i++) {
		uint8_t at[MEMBER_SIZE];
		char name[NAME_ROOM];
		uint32_t offset, own;
		struct type type;

		get_type(btf, in->behind + i * MEMBER_SIZE, at, sizeof(at));
		offset = number(btf, at + 8);
		own = in->info & INFO_FLAG ? (uint32_t)iq_field(offset, MEMBER_BIT) : offset;
		get_name(btf, number(btf, at), name);
		--*left;
		if (*name && (strlen(name) != part || memcmp(name, path, part)))
			continue;
		if (!*name || path[part]) {
			if (depth < DEPTH_MAX && resolve(btf, number(btf, at + 4), &type) && is_composite(&type) &&
			    find_in(btf, &type, bit + own, depth + 1, *name ? path + part + 1 : path, left, member))
				return true;
			continue;
		}
		member->found = true;
		member->bit = bit + own;
		describe(btf, number(btf, at + 4), member);
		if (in->info & INFO_FLAG && iq_field(offset, MEMBER_BITS))
			member->bits = (uint32_t)iq_field(offset, MEMBER_BITS);
		return true;
	}
	return false;
}

/* @type is the structure that @member is asked of. */
static void find_member(struct btf *btf, const struct type *type, uint64_t *left, struct member *member)
{
	if (*member->name) {
		find_in(btf, type, 0, 0, member->name, left, member);
		return;
	}
	member->found = true;
	member->count = 1;
	member->size = type->size;
}

static bool find(struct btf *btf, struct member *member, size_t count)
{
	struct namesakes namesakes = { .count = 0 };
	uint64_t left = kq_budget_limit(KQ_BUDGET_MEMBERS);

	if (!read_header(btf) || !index_types(btf, member, count, &namesakes))
		return false;
	for (size_t n = 0; n < namesakes.count; n++) {
		const struct type type = type_at(btf, namesakes.at[n]);
		char name[NAME_ROOM];

		get_name(btf, type.name, name);
		for (size_t i = 0; i < count; i++)
			if (!member[i].found && !strcmp(member[i].structure, name))
				find_member(btf, &type, &left, &member[i]);
	}
	if (!left)
		return kq_budget_exceeded(KQ_BUDGET_MEMBERS, btf->reason);
	return !btf->failed;
}

bool btf_find(struct btf_bytes *bytes, struct member *member, size_t count, struct kq_reason *reason)
{
	struct btf *btf = calloc(1, sizeof(*btf));
	bool found;

	if (!btf)
		return kq_fail(reason, "out of memory");
	btf->bytes = bytes;
	btf->reason = reason;
	found = find(btf, member, count);
	free(btf->at);
	free(btf);
	return found;
}

static bool read_memory(struct btf_bytes *bytes, uint64_t at, void *to, size_t size, struct kq_reason *reason)
{
	(void)reason;
	memcpy(to, ((struct btf_memory *)bytes)->memory + at, size);
	return true;
}

struct btf_memory btf_memory(const uint8_t *memory, size_t size, enum byte_order order)
{
	return (struct btf_memory){ { read_memory, size, order }, memory };
}
