/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A dump as JSON: each structure an object with its fields and its inner structures, every field with its place.
 */
#include "dump.h"

#include <string.h>

#define FLAWS 64

struct json_sink {
	struct kq_sink sink; /* first: the dump hands back a pointer to it */
	struct kq_json *json;
	unsigned int depth;
	bool inner[KQ_DUMP_DEPTH]; /* the array of inner structures is open, not that of fields */
	unsigned int flaws;
	struct {
		char structure[32], text[160];
		uint32_t offset;
	} flaw[FLAWS];
};

/* Open an object for a structure, and the array of its fields. */
static void open_structure(struct json_sink *sink, const struct kq_heading *heading)
{
	kq_json_string(sink->json, "structure", heading->name);
	kq_json_number(sink->json, "offset", heading->offset);
	kq_json_number(sink->json, "length", heading->length);
	if (*heading->note)
		kq_json_string(sink->json, "note", heading->note);
	kq_json_array(sink->json, "fields");
	sink->inner[sink->depth++] = false;
}

static void table(struct kq_sink *base, const char *file, const struct kq_heading *heading)
{
	struct json_sink *sink = (struct json_sink *)base;

	sink->depth = sink->flaws = 0;
	kq_json_object(sink->json, NULL);
	kq_json_string(sink->json, "file", file);
	open_structure(sink, heading);
}

static void begin(struct kq_sink *base, const struct kq_heading *heading)
{
	struct json_sink *sink = (struct json_sink *)base;

	if (!sink->inner[sink->depth - 1]) {
		kq_json_end(sink->json);
		kq_json_array(sink->json, "structures");
		sink->inner[sink->depth - 1] = true;
	}
	kq_json_object(sink->json, NULL);
	open_structure(sink, heading);
}

static void field(struct kq_sink *base, const struct kq_value *value)
{
	struct json_sink *sink = (struct json_sink *)base;

	kq_json_object(sink->json, NULL);
	kq_json_number(sink->json, "offset", value->offset);
	kq_json_number(sink->json, "length", value->size);
	kq_json_string(sink->json, "name", value->name);
	kq_json_string(sink->json, "value", value->value);
	if (*value->meaning)
		kq_json_string(sink->json, "meaning", value->meaning);
	kq_json_end(sink->json);
}

static void flaw(struct kq_sink *base, const char *structure, uint32_t offset, const char *text)
{
	struct json_sink *sink = (struct json_sink *)base;

	if (sink->flaws == FLAWS)
		return;
	snprintf(sink->flaw[sink->flaws].structure, sizeof(sink->flaw[0].structure), "%s", structure);
	snprintf(sink->flaw[sink->flaws].text, sizeof(sink->flaw[0].text), "%s", text);
	sink->flaw[sink->flaws++].offset = offset;
}

static void end(struct kq_sink *base)
{
	struct json_sink *sink = (struct json_sink *)base;

	kq_json_end(sink->json); /* the array of fields or of structures */
	kq_json_end(sink->json);
	sink->depth--;
}

static void table_end(struct kq_sink *base)
{
	struct json_sink *sink = (struct json_sink *)base;

	kq_json_end(sink->json);
	kq_json_array(sink->json, "damage");
	for (unsigned int i = 0; i < sink->flaws; i++) {
		kq_json_object(sink->json, NULL);
		kq_json_number(sink->json, "offset", sink->flaw[i].offset);
		kq_json_string(sink->json, "structure", sink->flaw[i].structure);
		kq_json_string(sink->json, "text", sink->flaw[i].text);
		kq_json_end(sink->json);
	}
	kq_json_end(sink->json);
	kq_json_end(sink->json);
	sink->depth--;
}

struct kq_sink *kq_json_sink(struct kq_json *json)
{
	static struct json_sink sink = { .sink = { table, begin, field, flaw, end, table_end } };

	sink.json = json;
	return &sink.sink;
}
