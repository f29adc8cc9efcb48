/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two segments. */
Signature : "MCFG"
Table Length : 00000000
Revision : 01
Checksum : 00
Oem ID : "KDQ"
Oem Table ID : "FIXTURE"
Oem Revision : 00000001
Asl Compiler ID : "INTL"
Asl Compiler Revision : 00000000

Reserved : 0000000000000000

Base Address : 00000000E0000000
Segment Group Number : 0000
Start Bus Number : 00
End Bus Number : 7F
Reserved : 00000000

Base Address : 0000004000000000
Segment Group Number : 0001
Start Bus Number : 80
End Bus Number : FF
Reserved : 00000000
