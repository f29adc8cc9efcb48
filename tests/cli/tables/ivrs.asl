/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two IOMMUs of the types and device entries that iasl knows, and reserved memory of every kind. */
Signature : "IVRS"
Table Length : 00000000
Revision : 02
Checksum : 00
Oem ID : "KDQ"
Oem Table ID : "FIXTURE"
Oem Revision : 00000001
Asl Compiler ID : "INTL"
Asl Compiler Revision : 00000000

Virtualization Info : 00203043
Reserved : 0000000000000000

Subtable Type : 10
Flags : FF
Length : 0030
DeviceId : 0002
Capability Offset : 0040
Base Address : 00000000FD000000
PCI Segment Group : 0000
Virtualization Info : 1305
Feature Reporting : 80048F6E

Entry Type : 01
Device ID : 0000
Data Setting : D7

Entry Type : 00
Device ID : 0000
Data Setting : 00

Entry Type : 02
Device ID : 0100
Data Setting : 10

Entry Type : 03
Device ID : 0200
Data Setting : 00

Entry Type : 00
Device ID : 0000
Data Setting : 00

Entry Type : 04
Device ID : 02FF
Data Setting : 00

Subtable Type : 11
Flags : 3F
Length : 006C
DeviceId : 4002
Capability Offset : 0040
Base Address : 0000002000000000
PCI Segment Group : 0001
Virtualization Info : 0000
Attributes : 0F84E000
EFR Image : 206D73EF22254ADE
Reserved : 0000000000000010

Entry Type : 42
Device ID : 4100
Data Setting : 00
Reserved : 00
Source Used Device ID : 4200
Reserved : 00

Entry Type : 43
Device ID : FF00
Data Setting : 00
Reserved : 00
Source Used Device ID : 00A5
Reserved : 00

Entry Type : 04
Device ID : FFFF
Data Setting : 00

Entry Type : 46
Device ID : 4300
Data Setting : 00
Extended Data : 80000000

Entry Type : 47
Device ID : 4400
Data Setting : 40
Extended Data : 00000000

Entry Type : 04
Device ID : 44FF
Data Setting : 00

Entry Type : 48
Device ID : 0000
Data Setting : D7
Handle : 21
Source Used Device ID : 00A0
Variety : 01

Entry Type : 48
Device ID : 0000
Data Setting : 00
Handle : 00
Source Used Device ID : 00A1
Variety : 02

Entry Type : 40
Device ID : 0000
Data Setting : 00
Extended Data : 00000000

Entry Type : 02
Device ID : 4500
Data Setting : 00

Subtable Type : 20
Flags : 01
Length : 0020
DeviceId : 0000
Auxiliary Data : 0000
Reserved : 0000000000000000
Start Address : 0000000000100000
Memory Length : 0000000000001000

Subtable Type : 21
Flags : 06
Length : 0020
DeviceId : 0098
Auxiliary Data : 0000
Reserved : 0000000000000001
Start Address : 000000007132C000
Memory Length : 0000000000026000

Subtable Type : 22
Flags : 08
Length : 0020
DeviceId : 0300
Auxiliary Data : 03FF
Reserved : 0000000000000000
Start Address : 0000000100000000
Memory Length : 0000000010000000
