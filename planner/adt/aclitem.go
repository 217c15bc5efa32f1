package adt

// ACLItem is a value of type aclitem: the privileges that one role has granted
// another on an object. Its text form names roles, so that its input and output
// functions belong to the catalog.
type ACLItem struct {
	Grantee OID // 0: PUBLIC
	Grantor OID
	Privs   uint64 // privilege bits; their grant options 32 bits higher
}
