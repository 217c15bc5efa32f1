// Package callerid verifies that a client is an AWS principal. What the client
// gives is a presigned URL of sts:GetCallerIdentity; asking it makes AWS check
// the signature and tell whose it is, so that no secret ever reaches us.
//
// The URL comes from someone who is not logged in yet. It is therefore never
// fetched as given: its parts are checked one by one against what such a URL
// has, and the request is made anew from them, to a host of AWS alone.
//
// A URL is bound to one server where its signature covers the header Header with
// that server's name, which the server adds to its request: STS takes the URL of
// no client who signed another name, or none.
package callerid

import (
	"context"
	"crypto/sha256"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

const (
	maxAnswer  = 64 << 10
	maxCached  = 1024
	keepFor    = time.Minute
	concurrent = 8 // requests to STS on behalf of clients that are not logged in
	timeout    = 5 * time.Second
)

// Verifier asks STS whose presigned URLs are. Make one with New.
type Verifier struct {
	endpoint *url.URL // allowed besides AWS's own, nil: none
	server   string   // whom URLs must be signed for; empty: nobody in particular
	client   *http.Client
	now      func() time.Time
	slots    chan struct{}

	mu    sync.Mutex
	known map[[sha256.Size]byte]answer
}

type answer struct {
	arn   string
	until time.Time
}

// Header is the header that names the server in a presigned request.
const Header = "X-Flowgres-Server-Id"

// New makes a verifier. endpoint is the configured endpoint of AWS's services,
// an emulator's for instance; empty: AWS's own alone. serverID is the name that
// URLs must be signed for; empty: they are for no particular server.
func New(endpoint, serverID string) (*Verifier, error) {
	if err := CheckServerID(serverID); err != nil {
		return nil, err
	}
	v := &Verifier{
		server: serverID,
		now:    time.Now, slots: make(chan struct{}, concurrent), known: map[[sha256.Size]byte]answer{},
		client: &http.Client{
			Timeout: timeout,
			CheckRedirect: func(*http.Request, []*http.Request) error {
				return http.ErrUseLastResponse
			},
			Transport: &http.Transport{
				Proxy:                  http.ProxyFromEnvironment,
				DialContext:            (&net.Dialer{Timeout: timeout}).DialContext,
				TLSHandshakeTimeout:    timeout,
				MaxResponseHeaderBytes: 16 << 10,
				MaxIdleConns:           concurrent,
				IdleConnTimeout:        30 * time.Second,
				ForceAttemptHTTP2:      true,
			},
		},
	}
	if endpoint != "" {
		u, err := url.Parse(endpoint)
		if err != nil || u.Host == "" {
			return nil, fmt.Errorf("invalid endpoint \"%s\"", endpoint)
		}
		v.endpoint = u
	}
	return v, nil
}

// Verify gives the ARN of the principal who signed a URL. Its errors tell
// neither the URL's signature nor its session token.
func (v *Verifier) Verify(ctx context.Context, token string) (string, error) {
	ask, end, err := v.check(token)
	if err != nil {
		return "", err
	}
	key := sha256.Sum256([]byte(token))
	if arn, ok := v.cached(key); ok {
		return arn, nil
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	select {
	case v.slots <- struct{}{}:
		defer func() { <-v.slots }()
	case <-ctx.Done():
		return "", fmt.Errorf("waiting to ask STS: %w", ctx.Err())
	}
	arn, err := v.ask(ctx, ask)
	if err != nil {
		return "", err
	}
	v.keep(key, answer{arn, minTime(end, v.now().Add(keepFor))})
	return arn, nil
}

func (v *Verifier) ask(ctx context.Context, u *url.URL) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return "", errors.New("the URL is not usable") // err has the URL
	}
	if v.server != "" {
		req.Header.Set(Header, v.server)
	}
	res, err := v.client.Do(req)
	if err != nil {
		var ue *url.Error
		if errors.As(err, &ue) { // it has the URL
			err = ue.Err
		}
		return "", fmt.Errorf("asking %s: %w", u.Host, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("reading the answer of %s: %w", u.Host, err)
	case len(body) > maxAnswer:
		return "", fmt.Errorf("the answer of %s is too long", u.Host)
	case res.StatusCode != http.StatusOK:
		var e struct {
			Code string `xml:"Error>Code"`
		}
		if xml.Unmarshal(body, &e) != nil { // not STS's form: the status is all there is
			e.Code = ""
		}
		return "", fmt.Errorf("%s answered %d %s", u.Host, res.StatusCode, plain(e.Code))
	}
	var out struct {
		XMLName xml.Name `xml:"GetCallerIdentityResponse"`
		Arn     string   `xml:"GetCallerIdentityResult>Arn"`
	}
	if err := xml.Unmarshal(body, &out); err != nil {
		return "", fmt.Errorf("the answer of %s is not one of GetCallerIdentity: %w", u.Host, err)
	}
	if !strings.HasPrefix(out.Arn, "arn:") {
		return "", fmt.Errorf("the answer of %s has no ARN", u.Host)
	}
	return out.Arn, nil
}

// plain keeps of an error code its letters, digits and dots.
func plain(code string) string {
	if len(code) > 64 {
		return ""
	}
	return strings.Map(func(r rune) rune {
		if r == '.' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, code)
}

func (v *Verifier) cached(key [sha256.Size]byte) (string, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	a, ok := v.known[key]
	return a.arn, ok && v.now().Before(a.until)
}

// keep remembers a success. When there are too many, the ended ones go, and if
// that does not help, all.
func (v *Verifier) keep(key [sha256.Size]byte, a answer) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.known) >= maxCached {
		for k, old := range v.known {
			if !v.now().Before(old.until) {
				delete(v.known, k)
			}
		}
		if len(v.known) >= maxCached {
			clear(v.known)
		}
	}
	v.known[key] = a
}

func minTime(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
