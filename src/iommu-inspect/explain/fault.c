/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Faults, each kept once: a hash table over an array.
 */
#include "fault.h"

#include "base/budget.h"

#include <stdlib.h>
#include <string.h>

static const struct explain_value *find_value(const struct explain_fault *fault, const char *name)
{
	for (unsigned int i = 0; i < fault->values; i++)
		if (!strcmp(fault->value[i].name, name))
			return &fault->value[i];
	return NULL;
}

uint64_t explain_number(const struct explain_fault *fault, const char *name)
{
	const struct explain_value *value = find_value(fault, name);

	return value ? value->number : 0;
}

const char *explain_word(const struct explain_fault *fault, const char *name)
{
	const struct explain_value *value = find_value(fault, name);

	return value ? value->text : "";
}

void explain_add_address(struct explain_fault *fault, uint64_t address)
{
	if (!fault->addresses)
		fault->lowest = fault->highest = address;
	fault->lowest = iq_min(fault->lowest, address);
	if (address > fault->highest)
		fault->highest = address;
	for (unsigned int i = 0; i < fault->addresses; i++)
		if (fault->address[i] == address)
			return;
	if (fault->addresses < EXPLAIN_ADDRESSES)
		fault->address[fault->addresses++] = address;
	else
		fault->more_addresses = true;
}

void explain_bytes(const struct explain_fault *fault, uint8_t bytes[8 * EXPLAIN_WORDS])
{
	for (unsigned int i = 0; i < 8 * EXPLAIN_WORDS; i++)
		bytes[i] = (uint8_t)(fault->raw[i / 8] >> 8 * (i % 8));
}

bool explain_decode(struct explain_fault *fault)
{
	const struct iq_reader *reader = fault->source->reader;
	uint8_t bytes[8 * EXPLAIN_WORDS];
	struct iq_event event;

	explain_bytes(fault, bytes);
	if (!reader || !fault->words || !reader->describe_event(bytes, 8 * fault->words, &event))
		return false;
	fault->code = event.code;
	fault->has_code = true;
	if (!fault->has_device && reader->family->ids_are_requesters) {
		fault->has_device = true;
		fault->requester = (uint16_t)event.id;
	}
	if (!fault->access && event.directed)
		fault->access = event.write ? EXPLAIN_WRITE : EXPLAIN_READ;
	if (!fault->addresses)
		explain_add_address(fault, event.address);
	fault->fields = event.fields;
	fault->field_count = event.field_count;
	return true;
}

/* All but addresses, times and numbers of a single message. */
static bool is_same(const struct explain_fault *a, const struct explain_fault *b)
{
	return a->source == b->source && a->code == b->code && a->has_code == b->has_code && a->has_device == b->has_device &&
	       a->segment == b->segment && a->requester == b->requester && a->has_pasid == b->has_pasid &&
	       a->pasid == b->pasid && a->access == b->access && !strcmp(a->place, b->place) && !strcmp(a->note, b->note);
}

static size_t hash_of(const struct explain_fault *fault)
{
	size_t hash = (size_t)(uintptr_t)fault->source;
	const uint64_t part[] = { fault->code, fault->segment, fault->requester, fault->pasid, fault->access };

	for (size_t i = 0; i < IQ_ARRAY_SIZE(part); i++)
		hash = (hash ^ part[i]) * UINT64_C(0x100000001b3);
	for (const char *at = fault->place; *at; at++)
		hash = (hash ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
	return hash ^ hash >> 29;
}

/* The place in the hash table of @fault, or where it would be. */
static size_t *find(struct explain_faults *faults, const struct explain_fault *fault)
{
	size_t at = hash_of(fault) & (faults->buckets - 1);

	while (faults->bucket[at] && !is_same(&faults->fault[faults->bucket[at] - 1], fault))
		at = (at + 1) & (faults->buckets - 1);
	return &faults->bucket[at];
}

/* Room for one more; the hash table is at most half full. */
static bool grow(struct explain_faults *faults)
{
	const size_t room = faults->room ? 2 * faults->room : 32;
	struct explain_fault *more;
	size_t *bucket;

	if (faults->count < faults->room)
		return true;
	more = reallocarray(faults->fault, room, sizeof(*more));
	if (!more)
		return false;
	faults->fault = more;
	bucket = calloc(2 * room, sizeof(*bucket));
	if (!bucket)
		return false;
	free(faults->bucket);
	faults->bucket = bucket;
	faults->buckets = 2 * room;
	faults->room = room;
	for (size_t i = 0; i < faults->count; i++)
		*find(faults, &faults->fault[i]) = i + 1;
	return true;
}

static void merge(struct explain_fault *into, const struct explain_fault *fault)
{
	into->count += fault->count;
	for (unsigned int i = 0; i < fault->addresses; i++)
		explain_add_address(into, fault->address[i]);
	if (*fault->last_time)
		memcpy(into->last_time, fault->last_time, sizeof(into->last_time));
}

void explain_faults_add(struct explain_faults *faults, const struct explain_fault *fault)
{
	struct kq_reason unused;
	size_t *at;

	if (faults->failed || !grow(faults)) {
		faults->failed = true;
		return;
	}
	at = find(faults, fault);
	if (*at) {
		merge(&faults->fault[*at - 1], fault);
	} else if (!kq_budget_take(KQ_BUDGET_FAULTS, 1, &unused)) {
		faults->left_out += fault->count;
	} else {
		faults->fault[faults->count++] = *fault;
		*at = faults->count;
	}
}

void explain_faults_free(struct explain_faults *faults)
{
	free(faults->fault);
	free(faults->bucket);
	*faults = (struct explain_faults){ 0 };
}
