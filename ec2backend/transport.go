package ec2backend

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// makeHTTP makes the one HTTP client that all SDK clients share.
func (b *Backend) makeHTTP() {
	rt := b.cfg.Transport
	if rt == nil {
		d := &net.Dialer{Timeout: b.cfg.ConnectTimeout, KeepAlive: 30 * time.Second}
		b.transport = &http.Transport{
			Proxy: http.ProxyFromEnvironment,
			DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
				return d.DialContext(ctx, network, addr)
			},
			ForceAttemptHTTP2:     true,
			MaxIdleConns:          2 * b.cfg.MaxConcurrency,
			MaxIdleConnsPerHost:   b.cfg.MaxConcurrency,
			IdleConnTimeout:       90 * time.Second,
			TLSHandshakeTimeout:   b.cfg.ConnectTimeout,
			ExpectContinueTimeout: time.Second,
		}
		rt = b.transport
	}
	b.http = &http.Client{Transport: rt, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// bufferedBody is the HTTP client that SDK clients get. The SDK may close its
// request-body wrapper before net/http has written it out, which makes net/http
// close the connection under the reply (aws-sdk-go-v2 issues 1825, 2737, 2935;
// common with endpoints that answer quickly). Bodies of the Query protocol are
// small, so the request that goes out holds a copy and the SDK keeps its own.
type bufferedBody struct{ next *http.Client }

// trust takes over the certificates that the SDK's configuration names
// (AWS_CA_BUNDLE, ca_bundle); it sets them on a client of its own kind only.
func (b *Backend) trust(c aws.HTTPClient) {
	own, ok := c.(*awshttp.BuildableClient)
	if !ok || b.transport == nil {
		return
	}
	if t := own.GetTransport().TLSClientConfig; t != nil && t.RootCAs != nil {
		if b.transport.TLSClientConfig == nil {
			b.transport.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		b.transport.TLSClientConfig.RootCAs = t.RootCAs
	}
}

// Do implements aws.HTTPClient.
func (c bufferedBody) Do(r *http.Request) (*http.Response, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return c.next.Do(r)
	}
	p, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	out := *r
	out.Body = io.NopCloser(bytes.NewReader(p))
	out.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(p)), nil }
	out.ContentLength = int64(len(p))
	return c.next.Do(&out)
}
