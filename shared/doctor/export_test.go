package doctor

import (
	"net/http"
	"net/url"
	"time"
)

func init() { patience = 4 * time.Second }

// Forbids is forbids for addresses as texts.
func Forbids(h http.Header, page, desk string) string {
	at, err := url.Parse(page)
	own, errOwn := url.Parse(desk)
	if err != nil || errOwn != nil {
		panic("a test's address cannot be read")
	}
	return forbids(h, at, own)
}
