/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The record: what the plugin saw and did, as the descriptor of an ELF note (name "KDQ", type 0x4b445101).
 * Written at the crash into a buffer that may be cut off at any moment; read afterwards as hostile input.
 *
 * Layout: struct iq_record_header, then sections (struct iq_section and a payload padded to 8 bytes). Everything is
 * little-endian with fixed offsets. A reader refuses versions that it does not know and skips unknown sections.
 */
#ifndef IQ_RECORD_H
#define IQ_RECORD_H

#include "bits.h"
#include "io.h"
#include "status.h"

#define IQ_NOTE_NAME	"KDQ"
#define IQ_NOTE_TYPE	0x4b445101u
#define IQ_NOTE_HEADER	16u /* Elf64_Nhdr and the padded name */
#define IQ_NOTE_TRAILER 16u /* zero bytes behind the note: the kernel reads on until n_namesz is 0 */

#define IQ_RECORD_MAGIC	  0x5251444bu /* "KDQR" */
#define IQ_RECORD_VERSION 2u
#define IQ_RECORD_MIN	  2048u	 /* the smallest capacity that holds the stages of one unit */
#define IQ_RECORD_MAX	  65536u /* the capture kernel allocates the note with one kmalloc */

#define IQ_RECORD_SEALED    0x1u /* the plugin came to its end and computed the checksum */
#define IQ_RECORD_TRUNCATED 0x2u /* something found no room: see dropped */
#define IQ_RECORD_MACHINE_CHECK 0x4u /* a machine check was under way when the plugin was entered; no bus was scanned */

/*
 * What indexes a unit's tables: the requester id (AMD-Vi, VT-d), the StreamID (SMMUv3), the PE of a host bridge (PowerNV), the
 * function of a hypervisor (zPCI). A PCI function, which has configuration space, stays a segment and a requester id of 16 bits.
 */
typedef uint32_t iq_source_id;

struct iq_record_header {
	uint32_t magic;
	uint16_t version;
	uint16_t header_size;
	uint32_t size;	/* of the whole record in use, this header included */
	uint32_t crc;	/* CRC-32 of those bytes, with this field 0 */
	uint32_t flags; /* IQ_RECORD_* */
	uint32_t dropped;   /* items that found no room */
	uint32_t tick_khz;  /* clock of all times in the record */
	uint32_t nmis;	    /* non-maskable interrupts taken and survived */
	uint16_t machine;   /* EM_* of the machine that wrote it */
	uint16_t reserved[3];
	uint64_t entered;   /* ticks when the plugin was entered */
	uint64_t left;	    /* ticks when the record was sealed */
	char producer[24];  /* program and version that wrote it, NUL-terminated */
};

enum iq_section_type {
	IQ_SECTION_UNIT = 1,	/* struct iq_record_unit and its registers, before the first write */
	IQ_SECTION_AFTER = 2,	/* the same, after verify */
	IQ_SECTION_STAGE = 3,	/* struct iq_record_stage */
	IQ_SECTION_CHANGES = 4, /* struct iq_change[] */
	IQ_SECTION_EVENTS = 5,	/* struct iq_record_events and raw log entries, before the first write */
	IQ_SECTION_REFUSED = 6, /* the same: entries that came after the snapshot */
	IQ_SECTION_TRAP = 7,	/* struct iq_record_trap */
	IQ_SECTION_RULES = 8,	/* struct iq_rule[]: the policy that was in force; a second one has what was added at the crash */
	IQ_SECTION_DEVICES = 9, /* struct iq_record_device[]: functions whose Bus Master was to be cleared */
	IQ_SECTION_PORTS = 10,	/* struct iq_record_port[]: ports that were kept from reporting errors */
	IQ_SECTION_FUNCTIONS = 11, /* struct iq_functions[]: which source ids are those of which PCI functions */
};

#define IQ_NO_UNIT 0xffffu

struct iq_section {
	uint16_t type;
	uint16_t unit;	 /* index of the unit, IQ_NO_UNIT where none is meant */
	uint32_t length; /* of the payload in use; the next section starts at the next multiple of 8 */
};

struct iq_record_unit {
	uint16_t family;    /* enum iq_family_id */
	uint16_t segment;   /* PCI segment */
	uint16_t requester; /* of the IOMMU's own function, 0 where it has none */
	uint16_t status;    /* enum iq_status: is the unit there, and on? */
	uint64_t base;	    /* physical address of its registers */
	uint32_t registers; /* how many: uint64_t values[], then uint32_t offsets[] */
	uint32_t reserved;
};

enum iq_stage {
	IQ_STAGE_GUARD = 1,
	IQ_STAGE_PLAN = 2,
	IQ_STAGE_SNAPSHOT = 3,
	IQ_STAGE_STOP = 4,
	IQ_STAGE_CONTAIN = 5,
	IQ_STAGE_BLOCK = 6,
	IQ_STAGE_FLUSH = 7,
	IQ_STAGE_VERIFY = 8,
	IQ_STAGE_SEAL = 9,
	IQ_STAGE_TABLES = 10, /* between block and flush */
};

/* What one stage did to one unit. Counters that a stage has no use for are 0. */
struct iq_record_stage {
	uint16_t stage;	 /* enum iq_stage */
	uint16_t status; /* enum iq_status */
	uint32_t scope;	 /* flush: the widest enum iq_scope that was needed */
	uint64_t start, end; /* ticks */
	uint32_t examined; /* entries read */
	uint32_t changed;  /* entries written */
	uint32_t preserved;/* entries left alone by policy */
	uint32_t open;	   /* verify: entries that still let DMA through, ports with new errors; stop: who did not obey */
	uint32_t commands; /* queue commands sent */
	uint32_t retries;  /* flushes repeated */
	uint32_t refused;  /* log entries that came after the snapshot */
	uint32_t stricter; /* block: entries whose mode could not be had, and which were blocked */
	uint32_t skipped;  /* contain, stop: buses that were slow to answer, and of which no more was asked */
	uint32_t hidden;   /* contain, stop: VMDs that do not show the functions that they hide */
	uint64_t address;  /* where it went wrong: the address that the status is about, else 0 */
};

/* A run of entries that held the same words before the plugin changed them. Their number is @more and one. */
struct iq_change {
	uint32_t first; /* source id, or index */
	uint16_t more;	/* entries behind the first */
	uint8_t mode;	/* enum iq_mode: what was really done, which may be stricter than the rule */
	uint8_t kind;	/* IQ_CHANGE_* */
	uint64_t old[2];
};

/* The entries of source ids (device table entry, context entry): their first two words were @old. */
#define IQ_CHANGE_ENTRY 0u
/* Entries of the table at physical address old[0], by their indices of 8 bytes, had the bits old[1], now clear. */
#define IQ_CHANGE_TABLE 1u
/* The word at physical address old[0], of an entry that is wider or that the source id's entry leads to, was old[1]. */
#define IQ_CHANGE_WORD 2u

static inline uint32_t iq_change_last(const struct iq_change *change)
{
	return change->first + change->more;
}

/* How much a flush had to invalidate, from narrow to wide. */
enum iq_scope {
	IQ_SCOPE_ENTRIES = 1, /* the changed entries and their domains */
	IQ_SCOPE_TABLE = 2,   /* every entry and every domain of the unit's tables */
	IQ_SCOPE_ALL = 3,     /* all that the unit can have cached */
};

/* A PCI function that could do DMA until its Bus Master Enable was cleared. */
struct iq_record_device {
	uint16_t segment, requester;
	uint16_t command; /* its Command register as it was found */
	uint16_t express; /* offset of its PCI Express capability, 0: none or not looked for: nobody says what is pending */
	uint16_t control; /* its Device Control register as it was found, where there is that capability */
	uint16_t flags;	  /* IQ_DEVICE_* */
	uint16_t behind;  /* requester id in @segment of the VMD that hides it, and whose id its DMA has; 0: nothing hides it */
	uint16_t status; /* enum iq_status: stopped; IQ_TIMEOUT: never said that all was done; IQ_STILL_OPEN: Bus Master
	                  * Enable stays; IQ_ABSENT: gone; IQ_SKIPPED: its bus was slow, and it gave no answer;
	                  * IQ_INTERRUPTED: nobody looked again */
	uint32_t took;	 /* ticks until its last request was done, at most UINT32_MAX */
};

#define IQ_DEVICE_MSI	  0x1u /* MSI was on, and is off */
#define IQ_DEVICE_MSIX	  0x2u
#define IQ_DEVICE_PENDING 0x4u /* it had requests of which the answer was still to come */
#define IQ_DEVICE_PORT	  0x8u /* a root port, stopped because a device below did not obey */

/* Error status of a port. */
struct iq_port_status {
	uint32_t uncorrectable, root; /* AER: Uncorrectable Error Status, Root Error Status */
	uint16_t device, secondary;   /* Device Status, Secondary Status */
};

/* A port above devices that are refused or stopped, or a collector of their errors. All but @after as it was found. */
struct iq_record_port {
	uint16_t segment, requester;
	uint16_t behind;		/* as in struct iq_record_device */
	uint16_t reserved;
	uint8_t secondary, subordinate; /* buses below it; of a collector, those it reports for besides its own */
	uint16_t express, aer, dpc;	/* offsets of capabilities, 0: none, or out of reach */
	uint16_t bridge_control, root_control, dpc_control;
	uint16_t type; /* of the PCI Express capability: root port, downstream port of a switch, event collector */
	uint32_t mask, root_command; /* AER: Uncorrectable Error Mask, Root Error Command */
	struct iq_port_status before, after;
};

struct iq_record_events {
	uint32_t entry_size; /* bytes */
	uint32_t lost;	     /* entries that were in the log but not copied for want of room */
};

struct iq_record_trap {
	uint16_t stage; /* enum iq_stage */
	uint16_t reserved[3];
	struct iq_trap trap;
};

/* What is done to the DMA of a source id. */
enum iq_mode {
	IQ_MODE_BLOCK = 0,	  /* neither read nor write */
	IQ_MODE_BLOCK_WRITES = 1, /* reads go on as they were, no write */
	IQ_MODE_SINK = 2,	  /* every address leads to one page of ours that nobody looks at */
	IQ_MODE_PRESERVE = 3,	  /* left as it was found */
};

enum iq_reason {
	IQ_REASON_POLICY = 0,	 /* the administrator said so */
	IQ_REASON_RESERVED = 1,	 /* firmware named a memory range that this device must reach (IVMD, RMRR) */
	IQ_REASON_IDENTITY = 2,	 /* a capture kernel gives it an identity domain, and never opens what is blocked */
	IQ_REASON_NOT_STOPPED = 3, /* it did not stop when it was told to: found at the crash */
};

/* Policy: what to do to a range of PCI functions, or of source ids. The first rule that matches wins; no rule: IQ_MODE_BLOCK. */
struct iq_rule {
	uint32_t segment;     /* PCI segment; not looked at where @unit is given */
	uint32_t first, last; /* inclusive: requester ids in @segment, or source ids of @unit */
	uint8_t mode;	      /* enum iq_mode */
	uint8_t reason;	      /* enum iq_reason */
	uint16_t reserved;
	uint64_t unit;	      /* physical address of the unit's registers; 0: the rule is about PCI functions */
};

/* A PCI function: it has configuration space. */
struct iq_function {
	uint16_t segment;
	uint16_t requester; /* requester id */
};

/* Source ids of a unit that are those of PCI functions in a row. Units whose family's ids are requester ids have none. */
struct iq_functions {
	uint16_t unit;	    /* index in the plan */
	uint16_t segment;   /* PCI segment of the functions */
	uint32_t first;	    /* source id of the first function */
	uint16_t requester; /* of the first function */
	uint16_t more;	    /* functions behind the first */
};

/* Writer: a record under construction in @buffer. The header is valid after every call; only the CRC waits for the seal. */
struct iq_record {
	uint8_t *buffer;
	uint32_t capacity;
	uint32_t kept;		 /* bytes that stages and traps alone may take */
	struct iq_section *open; /* the section that iq_record_add() extends, NULL when there is none */
};

/* Reader: a record that passed iq_record_open(). */
struct iq_record_view {
	const uint8_t *bytes;
	uint32_t size;
	struct iq_record_header header;
};

/* Start an empty record in @capacity bytes at @buffer (8-aligned). IQ_NO_ROOM below IQ_RECORD_MIN; the record then swallows everything. */
enum iq_status iq_record_start(struct iq_record *record, void *buffer, uint32_t capacity, uint16_t machine,
			       uint32_t tick_khz, uint64_t entered);
/*
 * Keep room for @stages stages to come and some traps, but not more than half of the record: what a unit lets changes and
 * events fill must not cost the others what became of them.
 */
void iq_record_keep(struct iq_record *record, uint32_t stages);
/* Open a section and close the one before. False (and counted as dropped) if there is no room for its header. */
bool iq_record_section(struct iq_record *record, enum iq_section_type type, unsigned int unit);
/* Append @length bytes to the open section, all or nothing. False (and counted as dropped) if there is no room. */
bool iq_record_add(struct iq_record *record, const void *data, uint32_t length);
/*
 * Append to the open section of changes, or extend the last change if @change goes on where it ended with the same words.
 * False (and counted as dropped) if there is no room.
 */
bool iq_record_change(struct iq_record *record, const struct iq_change *change);
/* A section with one item, all or nothing. Where it is in the record, to be brought up to date; NULL if there is no
 * room. */
void *iq_record_item(struct iq_record *record, enum iq_section_type type, unsigned int unit, const void *data,
		     uint32_t length);
/* What was written so far, to be read by the writer itself. */
void iq_record_look(const struct iq_record *record, struct iq_record_view *view);
/* Bytes that iq_record_add() could still take, without those that are kept. */
uint32_t iq_record_room(const struct iq_record *record);
/* Set @flag, one of IQ_RECORD_*. */
void iq_record_flag(struct iq_record *record, uint32_t flag);
/* Count an item that its writer did not even try to add. */
void iq_record_drop(struct iq_record *record, uint32_t items);
/* Finish: times, flags, checksum. May be called again; the last call counts. */
void iq_record_seal(struct iq_record *record, uint64_t left, uint32_t nmis);

/* Write the ELF note header in front of a descriptor of @descriptor bytes into the IQ_NOTE_HEADER bytes at @note. */
void iq_note_header(void *note, uint32_t descriptor);

/*
 * Check the record in the @length bytes at @bytes: magic, version, sizes, checksum, every section inside.
 * IQ_OK; IQ_UNSUPPORTED for another version; IQ_MALFORMED and IQ_DAMAGED with @offset where it is wrong. On IQ_DAMAGED
 * (checksum only, also when never sealed) @view can be read all the same: sections were found to lie inside.
 */
enum iq_status iq_record_open(struct iq_record_view *view, const void *bytes, uint32_t length, uint32_t *offset);
/*
 * The section at *@offset of the @size bytes at @bytes: copies its header to @section, points @payload at its bytes and moves
 * *@offset behind it. False, and nothing moved, at the end or where a section does not fit. @size is a multiple of 8.
 */
bool iq_section_next(const void *bytes, uint32_t size, uint32_t *offset, struct iq_section *section,
		     const uint8_t **payload);
/*
 * The section behind the one at *@offset (start with 0): copies its header to @section, points @payload at its bytes and
 * moves *@offset. False at the end. Payloads are 8-aligned relative to the record.
 */
bool iq_record_next(const struct iq_record_view *view, uint32_t *offset, struct iq_section *section,
		    const uint8_t **payload);

const char *iq_stage_name(unsigned int stage);
const char *iq_mode_name(unsigned int mode);
const char *iq_reason_name(unsigned int reason);

#endif
