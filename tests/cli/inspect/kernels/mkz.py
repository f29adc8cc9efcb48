#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Make a small dump of an s390x machine with two PCI functions, in big-endian: mkz.py LAYOUT DUMP [VMLINUX] [NAME=VALUE]...

LAYOUT 601: as Linux 6.1: a function has its own tables and a bitmap of what is to be flushed; the image is where it was linked, and the
kernel has neither BTF nor data symbols: these are in VMLINUX. LAYOUT 612: as Linux 6.12: a function is attached to a domain, which has a
flush queue; the image was moved, and the kernel has BTF and all symbols. NAME=VALUE changes a word that is named in main().
"""
import struct
import sys

PAGE = 4096
IDENTITY = 0
LINKED = 0x100000  # of _stext
MOVED, LOADED = 0x3ffe0000000, 0x400000  # KERNELOFFSET and KERNELOFFPHYS of layout 612
VMALLOC = 0x37ffe800000


class Memory:
    """Sparse physical memory."""

    def __init__(self):
        self.pages = {}

    def put(self, address, data):
        for i, byte in enumerate(data):
            page = self.pages.setdefault((address + i) // PAGE, bytearray(PAGE))
            page[(address + i) % PAGE] = byte

    def put64(self, address, *values):
        self.put(address, b"".join(struct.pack(">Q", value & 0xffffffffffffffff) for value in values))

    def elf(self):
        """An ELF core as QEMU's: a segment for each page, and a section header that is not big-endian."""
        pages = sorted(self.pages)
        at = 64 + 56 * (len(pages) + 1)
        note = struct.pack(">III", 5, 0, 1) + b"CORE\0\0\0\0"
        sections = at + len(note) + -(at + len(note)) % PAGE + PAGE * len(pages)
        head = b"\x7fELF\x02\x02\x01" + bytes(9) + struct.pack(">HHIQQQIHHHHHH", 4, 22, 1, 0, 64, sections, 0, 64, 56,
                                                                len(pages) + 1, 64, 1, 0)
        head += struct.pack(">IIQQQQQQ", 4, 0, at, 0, 0, len(note), len(note), 4)
        body = note + bytes(-(at + len(note)) % PAGE)
        for page in pages:
            head += struct.pack(">IIQQQQQQ", 1, 7, at + len(body), 0, page * PAGE, PAGE, PAGE, PAGE)
            body += self.pages[page]
        return head + body + struct.pack("<IIQQQQIIQQ", 0, 3, 0, 0, sections + 64, 11, 0, 0, 0, 0)


class Types:
    """BTF with integers, pointers and structures (Linux, Documentation/bpf/btf.rst)."""

    def __init__(self):
        self.names, self.types, self.count = b"\0", b"", 0
        self.u8, self.u32, self.u64 = (self.add(f"u{8 * n}", 1, 0, n, struct.pack(">I", 8 * n)) for n in (1, 4, 8))
        self.pointer = self.add("", 2, 0, 0)
        self.list = self.struct("list_head", 16, next=(0, self.pointer), prev=(8, self.pointer))
        self.atomic = self.struct("", 8, counter=(0, self.u64))

    def name(self, text):
        if not text:
            return 0
        self.names += text.encode() + b"\0"
        return len(self.names) - len(text) - 1

    def add(self, name, kind, length, size, more=b""):
        self.types += struct.pack(">III", self.name(name), kind << 24 | length, size) + more
        self.count += 1
        return self.count

    def struct(self, called, size, **members):
        more = b"".join(struct.pack(">III", self.name(name), kind, 8 * at) for name, (at, kind) in members.items())
        return self.add(called, 4, len(members), size, more)

    def bytes(self):
        return struct.pack(">HBBIIIII", 0xeb9f, 1, 0, 24, 0, len(self.types), len(self.types),
                           len(self.names)) + self.types + self.names


DEVICE = dict(zbus=0, entry=8, fid=32, fh=36, devfn=44, uid=48, dma_table=56, tlb_refresh=64, start_dma=72, end_dma=80,
              lazy_bitmap=88, iommu_pages=96, mapped_pages=104, unmapped_pages=112, s390_domain=120)
OLD_ONLY = ("lazy_bitmap", "iommu_pages", "mapped_pages", "unmapped_pages")
DOMAIN = dict(type=8, iova_cookie=64, mapped=136, unmapped=144, dma_table=176)
COOKIE = dict(single_fq=16, start=24, finish=32, fq_domain=40, qt=48)
QUEUE = dict(head=4, tail=8, mod_mask=12, entries=16)
ENTRY = dict(iova_pfn=0, pages=8, counter=32)
ENTRY_SIZE = 40


def describe(old):
    """The BTF of the structures above."""
    to = Types()
    word, pointer, number, atomic = to.u64, to.pointer, to.u32, to.atomic
    kinds = dict(zbus=pointer, entry=to.list, fid=number, fh=number, devfn=number, uid=number, dma_table=pointer,
                 tlb_refresh=number, start_dma=word, end_dma=word, lazy_bitmap=pointer, iommu_pages=word,
                 mapped_pages=atomic, unmapped_pages=atomic, s390_domain=pointer)
    to.struct("zpci_dev", 160, **{name: (at, kinds[name]) for name, at in DEVICE.items() if old or name not in OLD_ONLY})
    to.struct("zpci_bus", 128, domain_nr=(100, number))
    if old:
        to.struct("iommu_domain", 128, type=(DOMAIN["type"], number))
        to.struct("s390_domain", 208, dma_table=(DOMAIN["dma_table"], pointer))
        return to.bytes()
    domain = to.struct("iommu_domain", 128, type=(DOMAIN["type"], number), iova_cookie=(DOMAIN["iova_cookie"], pointer))
    counters = to.struct("zpci_iommu_ctrs", 40, mapped_pages=(0, atomic), unmapped_pages=(8, atomic))
    to.struct("s390_domain", 208, domain=(0, domain), ctrs=(DOMAIN["mapped"], counters),
              dma_table=(DOMAIN["dma_table"], pointer))
    options = to.struct("iommu_dma_options", 8, qt=(0, number))
    to.struct("iommu_dma_cookie", 64, single_fq=(COOKIE["single_fq"], pointer), percpu_fq=(COOKIE["single_fq"], pointer),
              fq_flush_finish_cnt=(COOKIE["finish"], atomic), fq_domain=(COOKIE["fq_domain"], pointer),
              options=(COOKIE["qt"], options))
    entry = to.struct("iova_fq_entry", ENTRY_SIZE, **{name: (at, word) for name, at in ENTRY.items()})
    to.struct("iova_fq", 16, head=(QUEUE["head"], number), tail=(QUEUE["tail"], number),
              mod_mask=(QUEUE["mod_mask"], number), entries=(QUEUE["entries"], entry))
    return to.bytes()


def vmlinux(symbols, types):
    """An ELF file with a symbol table and a section .BTF."""
    names, table = b"\0", bytes(24)
    for name, address in symbols.items():
        table += struct.pack(">IBBHQQ", len(names), 0x11, 0, 0xfff1, address, 8)
        names += name.encode() + b"\0"
    strings = b"\0.shstrtab\0.symtab\0.strtab\0.BTF\0"
    parts = [(b".symtab", 2, table, 2, 24), (b".strtab", 3, names, 0, 0), (b".BTF", 1, types, 0, 0),
             (b".shstrtab", 3, strings, 0, 0)]
    body, sections = b"", [bytes(64)]
    for name, kind, data, link, size in parts:
        sections.append(struct.pack(">IIQQQQIIQQ", strings.index(name), kind, 0, 0, 64 + len(body), len(data), link, 0, 8, size))
        body += data + bytes(-len(data) % 8)
    head = b"\x7fELF\x02\x02\x01" + bytes(9) + struct.pack(">HHIQQQIHHHHHH", 2, 22, 1, 0, 0, 64 + len(body), 0, 64, 0, 0, 64,
                                                           len(sections), len(sections) - 1)
    return head + body + b"".join(sections)


class Kernel:
    """The image, kallsyms, vmcoreinfo and page tables of the kernel. Its data begin at LINKED + 0x10000."""

    def __init__(self, memory, old):
        self.memory, self.old = memory, old
        self.moved, self.loaded = (0, 0) if old else (MOVED, LOADED)
        self.symbols = {"_stext": LINKED, "swapper_pg_dir": LINKED + 0x10000, "init_uts_ns": LINKED + 0x14000,
                        "zpci_list": LINKED + 0x14100}
        self.next = LINKED + 0x15000

    def address(self, name):
        return self.symbols[name] + self.moved

    def physical(self, linked):
        return linked + self.loaded

    def append(self, data):
        at = self.next
        self.memory.put(self.physical(at), data)
        self.next += len(data) + -len(data) % 16
        return at

    def kallsyms(self):
        """Each character is a token of its own; functions only, or all symbols."""
        listed = sorted((at, name) for name, at in self.symbols.items() if name == "_stext" or not self.old)
        names = b"".join(bytes([len(name) + 1]) + b"T" + name.encode() for _, name in listed)
        tokens = b"\0" + b"".join(bytes([i, 0]) for i in range(1, 256))
        index = b"".join(struct.pack(">H", 2 * i - 1 if i else 0) for i in range(256))
        parts = {"kallsyms_names": names, "kallsyms_num_syms": struct.pack(">I", len(listed)),
                 "kallsyms_token_table": tokens, "kallsyms_token_index": index,
                 "kallsyms_offsets": b"".join(struct.pack(">I", at - LINKED) for at, _ in listed),
                 "kallsyms_relative_base": struct.pack(">Q", LINKED + self.moved)}
        return {name: self.append(data) + self.moved for name, data in parts.items()}

    def info(self):
        text = "OSRELEASE=%s-test\nPAGESIZE=4096\n" % ("6.1.0" if self.old else "6.12.0")
        places = {name: self.address(name) for name in ("_stext", "swapper_pg_dir", "init_uts_ns")}
        for name, at in {**places, **self.kallsyms()}.items():
            text += f"SYMBOL({name})={at:x}\n"
        if not self.old:
            text += f"IDENTITYBASE={IDENTITY:x}\nKERNELOFFPHYS={self.loaded:x}\n"
        text += f"KERNELOFFSET={self.moved:x}\n"
        note = struct.pack(">III", 11, len(text), 0) + b"VMCOREINFO\0\0" + text.encode()
        self.memory.put64(0xe0c, self.physical(self.append(note)))

    def map_vmalloc(self, physical, pages):
        """Region-third table, segment table, page table, for pages from VMALLOC on."""
        root, segment, table = self.physical(self.symbols["swapper_pg_dir"]), 0x300000, 0x304000
        self.memory.put64(root, *[0x24] * 2048)
        self.memory.put64(segment, *[0x20] * 2048)
        self.memory.put64(table, *[0x400] * 256)
        self.memory.put64(root + 8 * (VMALLOC >> 31 & 2047), segment | 7)
        self.memory.put64(segment + 8 * (VMALLOC >> 20 & 2047), table)
        self.memory.put64(table + 8 * (VMALLOC >> 12 & 255), *[physical + PAGE * i for i in range(pages)])


def dma_tables(memory, at, first, mapped, unmapped):
    """A region-third table, a segment table and page tables of 1 MiB each: (IOVA, physical, bits) of pages."""
    segment = at + 0x4000
    memory.put64(at, *[0x20] * 2048)
    memory.put64(segment, *[0x20] * 2048)
    memory.put64(at + 8 * (first >> 31 & 2047), segment | 7)
    tables = {}
    for iova, physical, bits in mapped + [(iova, physical, bits | 0x400) for iova, physical, bits in unmapped]:
        table = tables.get(iova >> 20)
        if table is None:
            table = tables[iova >> 20] = segment + 0x4000 + 0x800 * len(tables)
            memory.put64(table, *[0x400] * 256)
            memory.put64(segment + 8 * (iova >> 20 & 2047), table)
        memory.put64(table + 8 * (iova >> 12 & 255), physical | bits)


def main():
    layout, dump, *rest = sys.argv[1:]
    old = layout == "601"
    files = [word for word in rest if "=" not in word]
    words = dict(refresh=1, counter=7, fh=0x80020000, type=0xb, mask=7, next=0, bitmap=0, segment=0, mapped=105)
    words.update({word.split("=")[0]: int(word.split("=")[1], 0) for word in rest if "=" in word})
    memory = Memory()
    kernel = Kernel(memory, old)
    first, last = 0x100000000, 0x13fffffff
    nic, disk, bus, domain, cookie = 0x200000, 0x200100, (0x200200, 0x200300), 0x200400, 0x200500
    listed = kernel.physical(kernel.symbols["zpci_list"])
    for device, function, after in ((nic, 0, disk + DEVICE["entry"]), (disk, 1, kernel.address("zpci_list"))):
        memory.put64(device + DEVICE["zbus"], bus[function])
        memory.put64(device + DEVICE["entry"], words["next"] or after)
        memory.put(device + DEVICE["fid"], struct.pack(">II", (1, 0x22)[function], (words["fh"], 0x20001)[function]))
        memory.put(device + DEVICE["uid"], struct.pack(">I", function + 1))
        memory.put(device + DEVICE["tlb_refresh"], struct.pack(">I", words["refresh"]))
        memory.put64(device + DEVICE["start_dma"], first, last)
        memory.put(bus[function] + 100, struct.pack(">I", function + 1))
    memory.put64(listed, nic + DEVICE["entry"])

    table = 0x210000
    mapped = [(first + 0x1000 * i, 0x5000000 + 0x1000 * i, 0) for i in range(3)]
    mapped += [(first + 0x200000, 0x6000000, 0x200)]
    unmapped = [(first + 0x10000 + 0x1000 * i, 0x7000000 + 0x1000 * i, 0) for i in range(4)]
    unmapped += [(first + 0x300000, 0x7100000, 0x200)]
    dma_tables(memory, table, first, mapped, unmapped)
    if words["segment"]:
        memory.put64(table + 8 * (first >> 31 & 2047), words["segment"])
    queue = 0x310000
    kernel.map_vmalloc(queue, 4)
    if old:
        memory.put64(nic + DEVICE["dma_table"], table)
        memory.put64(nic + DEVICE["lazy_bitmap"], words["bitmap"] or VMALLOC, 0x4000, words["mapped"], 101)
        memory.put64(queue, 0x6 << 16)  # the 2nd and 3rd page that were unmapped; bit n of a word is page n
        memory.put64(queue + 0x300 // 64 * 8, 1)  # and the last one
    else:
        memory.put64(nic + DEVICE["s390_domain"], domain)
        memory.put(domain + DOMAIN["type"], struct.pack(">I", words["type"]))
        memory.put64(domain + DOMAIN["iova_cookie"], cookie)
        memory.put64(domain + DOMAIN["mapped"], words["mapped"], 101)
        memory.put64(domain + DOMAIN["dma_table"], table)
        memory.put64(cookie + COOKIE["single_fq"], VMALLOC)
        memory.put64(cookie + COOKIE["finish"], words["counter"], domain)
        memory.put(cookie + COOKIE["qt"], struct.pack(">I", 1))
        memory.put(queue + QUEUE["head"], struct.pack(">III", 6, 1, words["mask"]))
        for i, page, pages, counter in ((6, 0x10, 1, 6), (7, 0x11, 2, 7), (0, 0x300, 1, 8), (1, 0x13, 1, 9)):
            entry = queue + QUEUE["entries"] + ENTRY_SIZE * i
            memory.put64(entry, (first >> 12) + page, pages)
            memory.put64(entry + ENTRY["counter"], counter)
        types = describe(old)
        start = kernel.append(types)
        kernel.symbols.update(__start_BTF=start, __stop_BTF=start + len(types))
    kernel.info()
    with open(dump, "wb") as file:
        file.write(memory.elf())
    if files:
        with open(files[0], "wb") as file:
            file.write(vmlinux(kernel.symbols, describe(old)))


if __name__ == "__main__":
    main()
