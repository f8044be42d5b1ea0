package signin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"

	"golang.org/x/oauth2"

	"sessionbridge.internal/shared/outbound"
)

// guarded has the library call through the guarded client. A redirect is followed no more than there: it would take the
// client's secret along.
func (s *Signer) guarded(ctx context.Context) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, &http.Client{
		Transport:     guard{s.Client},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	})
}

// maxAnswer bounds a token's answer, in bytes.
const maxAnswer = 64 << 10

var errTooLong = fmt.Errorf("crm.oauth.token_url answered more than %d bytes", maxAnswer)

// errPage says what the library would not: that it was no server of OAuth that answered.
var errPage = errors.New("crm.oauth.token_url answered with a web page, not JSON: the CRM may be down for maintenance, or the URL leads to its sign-in page")

// isPage says whether an answer of success is for people. One that is called a page may be JSON all the same, as PHP does.
func isPage(res *outbound.Response) bool {
	media, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")) // what cannot be read is no page's
	body := bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(res.Body), []byte("\ufeff")))
	isHTML := media == "text/html" && len(body) > 0 && !json.Valid(body)
	return res.Status >= 200 && res.Status <= 299 && (isHTML || bytes.HasPrefix(body, []byte("<")))
}

type guard struct{ client *outbound.Client }

// RoundTrip makes one call through the guarded client.
func (g guard) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := g.client.Do(req.Context(), req, outbound.Limits{MaxBody: maxAnswer})
	if err != nil {
		return nil, err
	}
	if isPage(res) { // however long it is
		return nil, errPage
	}
	if res.Truncated { // half a token may look like one
		return nil, errTooLong
	}
	return &http.Response{
		StatusCode: res.Status, Status: http.StatusText(res.Status), Header: res.Header, Request: req,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: io.NopCloser(bytes.NewReader(res.Body)), ContentLength: int64(len(res.Body)),
	}, nil
}
