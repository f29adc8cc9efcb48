/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel for mkdump, with only the parts that iommu-inspect reads: the IOMMU drivers' structures, which have the members of 6.1
 * (LAYOUT 601) or 7.2 (702) in their order and other members between them, and lists of units. It is linked at a kernel's address and
 * never run. It is compiled with DWARF and BTF.
 */
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;

#define DIRECT_MAP 0xffff888000000000ul

struct list_head {
	struct list_head *next, *prev;
};

struct dev_table_entry;

struct amd_iommu_pci_seg {
	struct list_head list;
	u64 dev_data_list; /* struct llist_head */
	u16 id;
	u16 last_bdf;
	u32 dev_table_size;
#if LAYOUT < 700
	u32 alias_table_size;
	u32 rlookup_table_size;
#endif
	struct dev_table_entry *dev_table;
	void **rlookup_table;
};

struct amd_iommu {
	struct list_head list;
	int index;
	u64 lock[2];
	void *dev, *root_pdev;
	u64 mmio_phys;
	u64 mmio_phys_end;
	void *mmio_base;
	u32 cap;
	unsigned char acpi_flags;
	u64 features;
#if LAYOUT < 700
	_Bool is_iommu_v2;
#endif
	const u16 devid;
	u16 cap_ptr;
	struct amd_iommu_pci_seg *pci_seg;
};

struct intel_iommu {
	void *reg;
	u64 reg_phys;
	u64 reg_size;
	u64 cap;
	u64 ecap;
	u64 vccap;
#if LAYOUT >= 700
	u64 ecmdcap[4];
#endif
	u32 gcmd;
	u32 lock;
	int seq_id, agaw, msagaw;
	u16 segment;
	char name[16];
#if LAYOUT >= 700
	union {
		struct {
			void *root_entry;
		};
		u64 root;
	};
#else
	void *root_entry;
#endif
};

struct dmar_drhd_unit {
	struct list_head list;
	void *hdr;
	u64 reg_base_addr;
#if LAYOUT >= 700
	u64 reg_size;
#endif
	void *devices;
	int devices_cnt;
	u16 segment;
	unsigned char ignored : 1;
	unsigned char include_all : 1;
	struct intel_iommu *iommu;
};

/* Symbols that vmcoreinfo names. */
char _stext[16] = "text";
char init_uts_ns[16] = "Linux";
u64 swapper_pg_dir[512] __attribute__((aligned(4096))) = {1};
/* A name that needs more than 127 tokens. */
#define FORTY(name) name##0123456789_0123456789_0123456789_012345678
#define LONG(name)  FORTY(name##0123456789_0123456789_0123456789_0123456789_0123456789_0123456789_0123456789_0123456789_)
int LONG(long_) = 1;

int intel_iommu_sm = SCALABLE;

extern struct list_head amd_iommu_list, dmar_drhd_units;

#ifdef AMD
static struct amd_iommu_pci_seg segments[] = {
    {.id = 0, .dev_table_size = 0x2000, .dev_table = (void *)(DIRECT_MAP + 0x200000)},
};
static struct amd_iommu units[] = {
    {.list = {&units[1].list, &amd_iommu_list},
     .index = 0,
     .mmio_phys = 0xfed80000,
     .devid = 2,
     .pci_seg = &segments[0]},
    {.list = {&amd_iommu_list, &units[0].list},
     .index = 1,
     .mmio_phys = 0xfed90000,
     .devid = 0x4002,
     .pci_seg = &segments[0]},
};
struct list_head amd_iommu_list = {&units[0].list, &units[1].list};
#else
struct list_head amd_iommu_list = {&amd_iommu_list, &amd_iommu_list};
#endif

#ifdef VTD
static struct intel_iommu iommu = {
    .reg_phys = 0xfed90000,
    .cap = 0xd2008c22260206,
    .ecap = 0x80000f00f4a,
    .gcmd = 0x86000000,
    .root_entry = (void *)(DIRECT_MAP + 0x200000),
};
static struct dmar_drhd_unit drhds[] = {
    {.list = {&drhds[1].list, &dmar_drhd_units}, .reg_base_addr = 0xfed90000, .iommu = &iommu},
    {.list = {&dmar_drhd_units, &drhds[0].list}, .reg_base_addr = 0xfed91000, .ignored = 1},
};
struct list_head dmar_drhd_units = {&drhds[0].list, &drhds[1].list};
#else
struct list_head dmar_drhd_units = {&dmar_drhd_units, &dmar_drhd_units};
#endif
