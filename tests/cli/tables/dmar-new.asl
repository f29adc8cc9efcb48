/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Structures that iasl does not know: register sizes, SATC and SIDP with scope flags, an unknown type. DMAX becomes DMAR. */
Signature : "DMAX"
Table Length : 00000000
Revision : 01
Checksum : 00
Oem ID : "KDQ"
Oem Table ID : "FIXTURE"
Oem Revision : 00000001
Asl Compiler ID : "INTL"
Asl Compiler Revision : 00000000

UINT8 : 2D
UINT8 : 05
UINT16 : 0000
UINT64 : 0000000000000000

/* DRHD of 2^2 pages for all devices of segment 1 */
UINT16 : 0000
UINT16 : 0010
UINT8 : 01
UINT8 : 02
UINT16 : 0001
UINT64 : 00000000D37FC000

/* SATC */
UINT16 : 0005
UINT16 : 0010
UINT8 : 01
UINT8 : 00
UINT16 : 0001
UINT32 : 00000801
UINT32 : 00016A00

/* SIDP */
UINT16 : 0006
UINT16 : 0012
UINT16 : 0000
UINT16 : 0001
UINT32 : 00030A02
UINT32 : 00016A00
UINT16 : 0102

/* A structure and a scope of unknown types */
UINT16 : 0007
UINT16 : 000C
UINT64 : 0807060504030201
UINT16 : 0002
UINT16 : 0010
UINT32 : 00010000
UINT32 : 00000809
UINT32 : 00020100
