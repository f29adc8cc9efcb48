/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BTF, the kernel's own description of its types (kernel, Documentation/bpf/btf.rst). Read here and not by libbpf,
 * which before 1.3 does not check where the type ids in it lead: in a dump they may lead anywhere.
 */
#include "layout.h"

#include "bits.h"

#include <stdlib.h>
#include <string.h>

#define BTF_MAGIC   0xeb9fu
#define BTF_VERSION 1u
#define HEADER_SIZE 24u
#define TYPE_SIZE   12u
#define MEMBER_SIZE 12u
#define DEPTH_MAX   16u			/* typedefs of typedefs, structures in structures */
#define MEMBERS_MAX (UINT32_C(1) << 22) /* looked at in all */

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
	const uint8_t *types;
	const char *strings; /* the last byte is 0 */
	uint32_t types_size, strings_size;
	uint32_t *at; /* of each type, by id; the one called 0 is void */
	uint32_t count;
};

struct type {
	uint32_t name, info, size; /* the last is a type's id for some kinds */
	enum kind kind;
	uint32_t members;
	const uint8_t *behind; /* what follows */
};

/* How many bytes follow a type of @kind with @count members; UINT64_MAX for a kind that is not known. */
static uint64_t behind(uint32_t kind, uint64_t count)
{
	static const struct {
		uint8_t fixed, each;
	} size[KINDS] = {
		[KIND_INT] = { 4, 0 },
		[3] = { 12, 0 } /* array */,
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

static struct type type_at(const struct btf *btf, uint32_t at)
{
	const uint8_t *bytes = btf->types + at;
	const uint32_t info = iq_le32(bytes + 4);

	return (struct type){
		.name = iq_le32(bytes),
		.info = info,
		.size = iq_le32(bytes + 8),
		.kind = (enum kind)iq_field(info, INFO_KIND),
		.members = (uint32_t)iq_field(info, INFO_COUNT),
		.behind = bytes + TYPE_SIZE,
	};
}

static bool read_header(struct btf *btf, const uint8_t *bytes, size_t size, struct kq_reason *reason)
{
	uint64_t header, types, strings;

	if (size < HEADER_SIZE || iq_le16(bytes) != BTF_MAGIC || bytes[2] != BTF_VERSION)
		return kq_fail(reason, "BTF: no header that this program reads");
	header = iq_le32(bytes + 4);
	types = header + iq_le32(bytes + 8);
	btf->types_size = iq_le32(bytes + 12);
	strings = header + iq_le32(bytes + 16);
	btf->strings_size = iq_le32(bytes + 20);
	if (header < HEADER_SIZE || types > size || btf->types_size > size - types || strings > size ||
	    btf->strings_size > size - strings)
		return kq_fail(reason, "BTF: the types and strings that its header names are not in its %zu bytes",
			       size);
	btf->types = bytes + types;
	btf->strings = (const char *)bytes + strings;
	if (!btf->strings_size || btf->strings[btf->strings_size - 1])
		return kq_fail(reason, "BTF: its strings have no end");
	return true;
}

/* Note where each type is; checks that all that follows a type is there. */
static bool index_types(struct btf *btf, struct kq_reason *reason)
{
	btf->at = malloc((btf->types_size / TYPE_SIZE + 1) * sizeof(*btf->at));
	if (!btf->at)
		return kq_fail(reason, "out of memory");
	btf->count = 1;
	for (uint64_t at = 0; at < btf->types_size;) {
		struct type type;
		uint64_t more;

		if (btf->types_size - at < TYPE_SIZE)
			return kq_fail(reason, "BTF: type %u is cut off", btf->count);
		type = type_at(btf, (uint32_t)at);
		more = behind(type.kind, type.members);
		if (more == UINT64_MAX)
			return kq_fail(reason, "BTF: type %u is of kind %u, which this program does not know",
				       btf->count, (unsigned int)type.kind);
		if (more > btf->types_size - at - TYPE_SIZE)
			return kq_fail(reason, "BTF: type %u is cut off", btf->count);
		btf->at[btf->count++] = (uint32_t)at;
		at += TYPE_SIZE + more;
	}
	return true;
}

static const char *string(const struct btf *btf, uint32_t offset)
{
	return offset < btf->strings_size ? btf->strings + offset : "";
}

/* The type with @id, behind all names and qualifiers. False if ids lead nowhere or in a circle. */
static bool resolve(const struct btf *btf, uint32_t id, struct type *type)
{
	for (unsigned int depth = 0; depth < DEPTH_MAX; depth++) {
		if (!id || id >= btf->count)
			return false;
		*type = type_at(btf, btf->at[id]);
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

static bool is_composite(const struct type *type)
{
	return type->kind == KIND_STRUCT || type->kind == KIND_UNION;
}

/* Bits of a number or pointer of @type, 0 for all else. */
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

/* Look for @member in @in, which begins @bit bits into the structure that is asked about. */
static bool find_in(const struct btf *btf, const struct type *in, uint32_t bit, unsigned int depth, uint32_t *left,
		    struct member *member)
{
	for (uint32_t i = 0; i < in->members && *left; i++) {
		const uint8_t *at = in->behind + i * MEMBER_SIZE;
		const uint32_t offset = iq_le32(at + 8);
		const uint32_t own = in->info & INFO_FLAG ? (uint32_t)iq_field(offset, MEMBER_BIT) : offset;
		const char *name = string(btf, iq_le32(at));
		struct type type;

		--*left;
		if (!*name) {
			if (depth < DEPTH_MAX && resolve(btf, iq_le32(at + 4), &type) && is_composite(&type) &&
			    find_in(btf, &type, bit + own, depth + 1, left, member))
				return true;
			continue;
		}
		if (strcmp(name, member->name))
			continue;
		member->found = true;
		member->bit = bit + own;
		member->bits = in->info & INFO_FLAG ? (uint32_t)iq_field(offset, MEMBER_BITS) : 0;
		if (!member->bits && resolve(btf, iq_le32(at + 4), &type))
			member->bits = bits_of(&type);
		return true;
	}
	return false;
}

bool btf_find(const uint8_t *bytes, size_t size, struct member *member, size_t count, struct kq_reason *reason)
{
	struct btf btf = { 0 };
	uint32_t left = MEMBERS_MAX;
	bool ok = read_header(&btf, bytes, size, reason) && index_types(&btf, reason);

	for (uint32_t id = 1; ok && id < btf.count; id++) {
		const struct type type = type_at(&btf, btf.at[id]);
		const char *name = string(&btf, type.name);

		if (!is_composite(&type) || !*name)
			continue;
		for (size_t i = 0; i < count; i++)
			if (!member[i].found && !strcmp(member[i].structure, name))
				find_in(&btf, &type, 0, 0, &left, &member[i]);
	}
	free(btf.at);
	return ok;
}
