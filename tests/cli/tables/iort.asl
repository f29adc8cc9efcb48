/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every node that iasl knows: root complex to SMMUv3 to ITS, a named component behind an SMMUv2, a PMCG. */
Signature : "IORT"
Table Length : 00000000
Revision : 00
Checksum : 00
Oem ID : "KDQ"
Oem Table ID : "FIXTURE"
Oem Revision : 00000001
Asl Compiler ID : "INTL"
Asl Compiler Revision : 00000000

Node Count : 00000006
Node Offset : 00000034
Reserved : 00000000
Optional Padding : 00 00 00 00

/* 0x34 */
Type : 00
Length : 001C
Revision : 01
Reserved : 00000000
Mapping Count : 00000000
Mapping Offset : 00000000
ItsCount : 00000002
Identifiers : 00000000
Identifiers : 00000001

/* 0x50 */
Type : 04
Length : 0058
Revision : 01
Reserved : 00000000
Mapping Count : 00000001
Mapping Offset : 00000044
Base Address : 000000002B400000
Flags (decoded below) : 00000009
        COHACC Override : 1
        HTTU Override : 0
        Proximity Domain Valid : 1
Reserved : 00000000
VATOS Address : 0000000000000000
Model : 00000000
Event GSIV : 0000006A
PRI GSIV : 0000006B
GERR GSIV : 0000006D
Sync GSIV : 0000006C
Proximity Domain : 00000001
Device ID Mapping Index : 00000000
Input base : 00000000
ID Count : 0000FFFF
Output Base : 00010000
Output Reference : 00000034
Flags (decoded below) : 00000000
        Single Mapping : 0

/* 0xa8 */
Type : 02
Length : 0038
Revision : 00
Reserved : 00000000
Mapping Count : 00000001
Mapping Offset : 00000024
Memory Properties : [IORT Memory Access Properties]
Cache Coherency : 00000001
Hints (decoded below) : 00
        Transient : 0
        Write Allocate : 0
        Read Allocate : 0
        Override : 0
Reserved : 0000
Memory Flags (decoded below) : 03
        Coherency : 1
        Device Attribute : 1
ATS Attribute : 00000001
PCI Segment Number : 00000000
Memory Size Limit : 30
Reserved : 000000
Input base : 00000000
ID Count : 0000FFFF
Output Base : 00000000
Output Reference : 00000050
Flags (decoded below) : 00000000
        Single Mapping : 0

/* 0xe0 */
Type : 03
Length : 0070
Revision : 01
Reserved : 00000000
Mapping Count : 00000001
Mapping Offset : 0000005C
Base Address : 000000007FB00000
Span : 0000000000010000
Model : 00000003
Flags (decoded below) : 00000002
        DVM Supported : 0
        Coherent Walk : 1
Global Interrupt Offset : 0000003C
Context Interrupt Count : 00000001
Context Interrupt Offset : 0000004C
PMU Interrupt Count : 00000001
PMU Interrupt Offset : 00000054
NSgIrpt : 0000007F
NSgIrpt Flags (decoded below) : 00000001
        Edge Triggered : 1
NSgCfgIrpt : 00000080
NSgCfgIrpt Flags (decoded below) : 00000000
        Edge Triggered : 0
Context Interrupt : 0000000000000081
PMU Interrupt : 0000000000000082
Input base : 00000000
ID Count : 00007FFF
Output Base : 00000000
Output Reference : 00000034
Flags (decoded below) : 00000000
        Single Mapping : 0

/* 0x150 */
Type : 01
Length : 0044
Revision : 02
Reserved : 00000000
Mapping Count : 00000001
Mapping Offset : 00000030
Node Flags : 00000021
Memory Properties : [IORT Memory Access Properties]
Cache Coherency : 00000001
Hints (decoded below) : 0A
        Transient : 0
        Write Allocate : 1
        Read Allocate : 0
        Override : 1
Reserved : 0000
Memory Flags (decoded below) : 01
        Coherency : 1
        Device Attribute : 0
Memory Size Limit : 28
Device Name : "\_SB.NIC0.ETH0"
Padding : 00 00 00 00
Input base : 00000000
ID Count : 00000000
Output Base : 00000100
Output Reference : 000000E0
Flags (decoded below) : 00000001
        Single Mapping : 1

/* 0x194 */
Type : 05
Length : 003C
Revision : 01
Reserved : 00000000
Mapping Count : 00000001
Mapping Offset : 00000028
Page 0 Base Address : 000000002B440000
Overflow Interrupt GSIV : 00000070
Node Reference : 00000050
Page 1 Base Address : 000000002B450000
Input base : 00000000
ID Count : 00000000
Output Base : 0000FFFF
Output Reference : 00000034
Flags (decoded below) : 00000001
        Single Mapping : 1
