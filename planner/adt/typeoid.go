package adt

// Oids of types that the engine and tables know by name, as in pg_type_d.h. All others
// are looked up in the catalog.
const (
	BoolOID                    OID = 16
	ByteaOID                   OID = 17
	CharOID                    OID = 18
	NameOID                    OID = 19
	Int8OID                    OID = 20
	Int2OID                    OID = 21
	Int2VectorOID              OID = 22
	Int4OID                    OID = 23
	RegProcOID                 OID = 24
	TextOID                    OID = 25
	OIDOID                     OID = 26
	XIDOID                     OID = 28
	CIDOID                     OID = 29
	OIDVectorOID               OID = 30
	JSONOID                    OID = 114
	XMLOID                     OID = 142
	Float4OID                  OID = 700
	Float8OID                  OID = 701
	UnknownOID                 OID = 705
	CharArrayOID               OID = 1002
	Int2ArrayOID               OID = 1005
	Int4ArrayOID               OID = 1007
	TextArrayOID               OID = 1009
	OIDArrayOID                OID = 1028
	ACLItemOID                 OID = 1033
	ACLItemArrayOID            OID = 1034
	BpcharOID                  OID = 1042
	VarcharOID                 OID = 1043
	DateOID                    OID = 1082
	TimeOID                    OID = 1083
	TimestampOID               OID = 1114
	TimestamptzOID             OID = 1184
	IntervalOID                OID = 1186
	CStringArrayOID            OID = 1263
	TimetzOID                  OID = 1266
	BitOID                     OID = 1560
	VarbitOID                  OID = 1562
	NumericOID                 OID = 1700
	RecordOID                  OID = 2249
	CStringOID                 OID = 2275
	AnyOID                     OID = 2276
	AnyArrayOID                OID = 2277
	VoidOID                    OID = 2278
	InternalOID                OID = 2281
	AnyElementOID              OID = 2283
	RecordArrayOID             OID = 2287
	AnyNonArrayOID             OID = 2776
	AnyEnumOID                 OID = 3500
	TSVectorOID                OID = 3614
	TSQueryOID                 OID = 3615
	RegDictionaryOID           OID = 3769
	JSONBOID                   OID = 3802
	AnyRangeOID                OID = 3831
	Int4RangeOID               OID = 3904
	DateRangeOID               OID = 3912
	Int8RangeOID               OID = 3926
	AnyMultirangeOID           OID = 4537
	AnyCompatibleMultirangeOID OID = 4538
	XID8OID                    OID = 5069
	AnyCompatibleOID           OID = 5077
	AnyCompatibleArrayOID      OID = 5078
	AnyCompatibleNonArrayOID   OID = 5079
	AnyCompatibleRangeOID      OID = 5080
)

// Oids of collations, as in pg_collation_d.h.
const (
	DefaultCollationOID OID = 100
	CCollationOID       OID = 950
	PosixCollationOID   OID = 951
)
