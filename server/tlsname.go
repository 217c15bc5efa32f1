package server

import (
	"crypto/tls"
	"strings"
)

// tlsVersion names a connection's protocol as OpenSSL does: TLSv1.3.
func tlsVersion(state tls.ConnectionState) string {
	return strings.Replace(tls.VersionName(state.Version), "TLS ", "TLSv", 1)
}

// tlsCipher names a connection's cipher suite as OpenSSL does. The suites of
// TLS 1.3 have one name; older ones are ECDHE-RSA-AES128-GCM-SHA256 there.
func tlsCipher(state tls.ConnectionState) string {
	name := tls.CipherSuiteName(state.CipherSuite)
	if state.Version >= tls.VersionTLS13 {
		return name
	}
	name = strings.TrimPrefix(name, "TLS_")
	name = strings.NewReplacer("_WITH_", "-", "AES_", "AES", "_CBC_", "-", "_", "-").Replace(name)
	if strings.HasSuffix(name, "CHACHA20-POLY1305-SHA256") {
		return strings.TrimSuffix(name, "-SHA256")
	}
	return name
}
