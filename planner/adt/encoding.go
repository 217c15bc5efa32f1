package adt

// Encoding is a client's encoding that differs from the server's, which is UTF8
// (mbutils.c). A nil one converts nothing.
type Encoding struct{ cs charset }

// FindEncoding gives the encoding of a name, nil for UTF8 and SQL_ASCII, which
// ask for no conversion. known tells whether text can be converted.
func FindEncoding(name string) (e *Encoding, known bool) {
	cs, ok := findCharset(name)
	if !ok || !cs.known {
		return nil, false
	}
	if cs.enc == nil {
		return nil, true
	}
	return &Encoding{cs}, true
}

// FromClient converts what a client sent (pg_client_to_server). Without
// conversion it must be UTF8.
func (e *Encoding) FromClient(b []byte) ([]byte, error) {
	if e == nil {
		return b, checkUTF8(b)
	}
	for i, c := range b {
		if c == 0 {
			return nil, invalidEncoding(e.cs.name, b[i:], 1)
		}
	}
	if isASCII(b) {
		return b, nil
	}
	return decodeCharset(work{}, e.cs, b)
}

// FromClientText is FromClient of a string.
func (e *Encoding) FromClientText(s string) (string, error) {
	if e == nil {
		return s, nil // the parser and the input functions look at it
	}
	b, err := e.FromClient([]byte(s))
	return string(b), err
}

// ToClient converts what goes to a client (pg_server_to_client).
func (e *Encoding) ToClient(b []byte) ([]byte, error) {
	if e == nil || isASCII(b) {
		return b, nil
	}
	return encodeCharset(work{}, e.cs, b)
}

// Tail converts the end of a buffer, from at on.
func (e *Encoding) Tail(buf []byte, at int) ([]byte, error) {
	if e == nil || isASCII(buf[at:]) {
		return buf, nil
	}
	b, err := e.ToClient(buf[at:])
	return append(buf[:at], b...), err
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// textSend is textOut in the client's encoding (pq_sendtext).
func textSend(c *Call, dst []byte, s string) ([]byte, error) {
	at := len(dst)
	dst = append(dst, s...)
	if e := clientEncoding(c); e != nil {
		return e.Tail(dst, at)
	}
	return dst, nil
}

func clientEncoding(c *Call) *Encoding {
	if c == nil || c.Env == nil {
		return nil
	}
	return c.Env.ClientEncoding
}
