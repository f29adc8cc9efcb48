/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every structure and device scope that iasl knows. */
Signature : "DMAR"
Table Length : 00000000
Revision : 01
Checksum : 00
Oem ID : "KDQ"
Oem Table ID : "FIXTURE"
Oem Revision : 00000001
Asl Compiler ID : "INTL"
Asl Compiler Revision : 00000000

Host Address Width : 2D
Flags : 07
Reserved : 00 00 00 00 00 00 00 00 00 00

Subtable Type : 0000
Length : 0022
Flags : 00
Reserved : 00
PCI Segment Number : 0000
Register Base Address : 00000000FED90000

Device Scope Type : 01
Entry Length : 08
Reserved : 0000
Enumeration ID : 00
PCI Bus Number : 00
PCI Path : 02,00

Device Scope Type : 02
Entry Length : 0A
Reserved : 0000
Enumeration ID : 00
PCI Bus Number : 80
PCI Path : 1C,04
PCI Path : 00,00

Subtable Type : 0000
Length : 0028
Flags : 01
Reserved : 00
PCI Segment Number : 0000
Register Base Address : 00000000FED91000

Device Scope Type : 03
Entry Length : 08
Reserved : 0000
Enumeration ID : 02
PCI Bus Number : F0
PCI Path : 1F,00

Device Scope Type : 04
Entry Length : 08
Reserved : 0000
Enumeration ID : 00
PCI Bus Number : 00
PCI Path : 1F,00

Device Scope Type : 05
Entry Length : 08
Reserved : 0000
Enumeration ID : 01
PCI Bus Number : 00
PCI Path : 15,00

Subtable Type : 0001
Length : 0020
Reserved : 0000
PCI Segment Number : 0000
Base Address : 000000008A68A000
End Address (limit) : 000000008A6A9FFF

Device Scope Type : 01
Entry Length : 08
Reserved : 0000
Enumeration ID : 00
PCI Bus Number : 00
PCI Path : 14,00

Subtable Type : 0002
Length : 0010
Flags : 00
Reserved : 00
PCI Segment Number : 0000

Device Scope Type : 02
Entry Length : 08
Reserved : 0000
Enumeration ID : 00
PCI Bus Number : 00
PCI Path : 1C,00

Subtable Type : 0002
Length : 0008
Flags : 01
Reserved : 00
PCI Segment Number : 0001

Subtable Type : 0003
Length : 0014
Reserved : 00000000
Base Address : 00000000FED90000
Proximity Domain : 00000001

Subtable Type : 0004
Length : 0016
Reserved : 000000
Device Number : 01
Device Name : "\_SB.PCI0.I2C0"
