/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Firmware tables field by field, for `kdump-quiesce tables`: layouts say what a structure's fields are called, the
 * core's walks say where structures are, a sink writes text or JSON. Every byte of a table comes out exactly once.
 */
#ifndef KQ_DUMP_H
#define KQ_DUMP_H

#include "base/json.h"
#include "firmware/structure.h"
#include "io.h"

/*
 * The words for bits (@bits is their mask; several bits are printed as a number, zeros not at all) or for a value
 * (@bits is the value).
 */
struct kq_word {
	uint64_t bits;
	const char *word; /* NULL ends an array */
};

enum kq_form {
	KQ_HEX,
	KQ_NUMBER,    /* its decimal value is worth reading */
	KQ_BITS,      /* words by mask */
	KQ_CHOICE,    /* words by value */
	KQ_REQUESTER, /* bus, device, function */
	KQ_PATH,      /* device, function: a byte each */
	KQ_TEXT,      /* characters, up to the first NUL */
	KQ_BYTES,
	KQ_RESERVED,  /* bytes; text leaves them out when they are zero */
	KQ_HEADING,   /* what text says in the heading: type, length */
};

struct kq_field {
	const char *name; /* in the specification's words */
	uint16_t offset;  /* from the start of the structure */
	uint16_t size;
	enum kq_form form;
	const struct kq_word *words;
};

/* A kind of structure. */
struct kq_layout {
	const char *name;
	const struct kq_field *fields;
	unsigned int count;
	bool brief; /* one line of text */
};

#define KQ_LAYOUT(the_name, the_fields, is_brief) { the_name, the_fields, IQ_ARRAY_SIZE(the_fields), is_brief }

/* A field as it is written. */
struct kq_value {
	const char *name;
	uint32_t offset, size;	/* in the table */
	enum kq_form form;
	bool zero;
	char value[272]; /* of text: what is no ASCII that can be printed is \xNN */
	char meaning[160]; /* "" where the value says it all */
};

struct kq_heading {
	const char *name;
	const char *note; /* what it means in its table; "" for nothing */
	uint32_t offset, length;
	bool brief;
};

/* Where a dump goes. Calls are nested: table(begin(field.. begin(..)..) ..). */
struct kq_sink {
	void (*table)(struct kq_sink *sink, const char *file, const struct kq_heading *heading);
	void (*begin)(struct kq_sink *sink, const struct kq_heading *heading);
	void (*field)(struct kq_sink *sink, const struct kq_value *value);
	void (*flaw)(struct kq_sink *sink, const char *structure, uint32_t offset, const char *text);
	void (*end)(struct kq_sink *sink);
	void (*table_end)(struct kq_sink *sink);
};

#define KQ_DUMP_DEPTH 4

struct kq_dump {
	struct kq_sink *sink;
	const char *file;
	const uint8_t *table;
	uint32_t length;
	struct iq_config *config; /* of the machine whose table it is, NULL: not known */
	bool quiet; /* say nothing on stderr */
	unsigned int flaws;
	unsigned int depth;
	struct {
		const char *name;
		uint32_t offset, end;
		uint32_t at; /* bytes from here on did not come out yet */
	} open[KQ_DUMP_DEPTH];
};

/*
 * Begin @structure, whose fields @layout names, with a note or NULL. Between begin and end its inner structures are
 * written.
 */
void kq_dump_begin(struct kq_dump *dump, const struct kq_layout *layout, const struct iq_structure *structure,
		   const char *note);
/* The same, where fields lie in the first @reach bytes only. */
void kq_dump_begin_part(struct kq_dump *dump, const struct kq_layout *layout, const struct iq_structure *structure,
			uint32_t reach, const char *note);
/* Begin with no fields yet; @brief as in kq_layout. */
void kq_dump_open(struct kq_dump *dump, const char *name, uint32_t offset, uint32_t length, const char *note,
		  bool brief);
void kq_dump_end(struct kq_dump *dump);
/* A structure without inner ones. */
void kq_dump_leaf(struct kq_dump *dump, const struct kq_layout *layout, const struct iq_structure *structure,
		  const char *note);
/* One field of the innermost structure: the @size bytes at @offset of the table, as @field says. */
void kq_dump_field(struct kq_dump *dump, const struct kq_field *field, uint32_t offset, uint32_t size);
/* Those of the @count @fields that end within the first @length bytes of the structure at @offset. */
void kq_dump_fields(struct kq_dump *dump, const struct kq_field *fields, unsigned int count, uint32_t offset,
		    uint32_t length);
/* The bytes of the innermost structure up to @end that no field describes. */
void kq_dump_fill(struct kq_dump *dump, uint32_t end);
/* What is wrong with the innermost structure. */
void kq_dump_flaw(struct kq_dump *dump, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "00:1f.7", or "00:01.0-ff:1f.7" for a range. @to has room for 24 characters. */
const char *kq_requester_range(char to[24], uint16_t first, uint16_t last);

/* Memory that firmware reserved for devices. */
struct kq_reserved {
	uint16_t segment, first, last; /* requester ids, inclusive */
	uint64_t base, end;	       /* exclusive */
};

/* A kind of table: what follows the header that all tables have. kinds.h lists those that are known. */
struct kq_table_kind {
	const char *signature; /* 4 characters; "" of a family whose units no table names */
	const char *title;
	uint8_t oldest, newest; /* revisions whose layout is known */
	uint32_t header; /* bytes before the first structure */
	const struct kq_field *fields; /* of that header, behind ACPI's own */
	unsigned int count;
	void (*structures)(struct kq_dump *dump);
	/* Tell of all memory that the table reserves, of at least a page each; NULL: none can. @config as above. */
	void (*reserved)(const uint8_t *table, uint32_t length, struct iq_config *config,
			 void (*tell)(void *context, const struct kq_reserved *reserved), void *context);
};

/* Text for people, and JSON. Both write to @output; kq_json_sink's @json is in an array of tables. */
struct kq_sink *kq_text_sink(struct kq_output *output);
struct kq_sink *kq_json_sink(struct kq_json *json);

#endif
