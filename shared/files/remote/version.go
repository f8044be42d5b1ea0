package remote

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// validators are what an answer says about which bytes it is of; empty where it says nothing to rely on.
type validators struct {
	etag       string // if strong (RFC 9110, section 8.8.3)
	modified   string // Last-Modified, if it can count as strong
	generation string // of Cloud Storage
	hash       string // of Cloud Storage
	size       int64  // of the whole file in bytes; -1: not known
}

func validatorsOf(h http.Header, size int64) validators {
	v := validators{size: size, generation: h.Get("X-Goog-Generation"), hash: strings.Join(h.Values("X-Goog-Hash"), ",")}
	if tag := h.Get("Etag"); strings.HasPrefix(tag, `"`) {
		v.etag = tag
	}
	// What was changed within the second before the answer may have been changed again within that second (section
	// 8.8.2.2): a recording that is still being written.
	modified, err := http.ParseTime(h.Get("Last-Modified"))
	date, errDate := http.ParseTime(h.Get("Date"))
	if err == nil && errDate == nil && date.Sub(modified) >= time.Second {
		v.modified = h.Get("Last-Modified")
	}
	return v
}

// ifRange is the header of that name: one validator, a date only for want of an entity tag (section 13.1.5).
func (v validators) ifRange() string { return cmp.Or(v.etag, v.modified) }

// version names the bytes, in 32 characters; empty where nothing does. A date does so only together with the size.
func (v validators) version() string {
	id := cmp.Or(v.generation, v.hash, v.etag)
	if id == "" && v.size >= 0 {
		id = v.modified
	}
	if id == "" {
		return ""
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d", id, v.size))
	return fmt.Sprintf("%x", sum[:16])
}

// confirmedBy says whether a part of a file, with the validators of now, is of this one. A part that is sent under the
// condition of If-Range need not repeat a date, but must repeat an entity tag (section 15.3.7): a server that knows no
// If-Range sends its part of whatever there is by now.
func (v validators) confirmedBy(now validators) bool {
	if v.deniedBy(now) {
		return false
	}
	for _, same := range [][2]string{{v.etag, now.etag}, {v.generation, now.generation}, {v.hash, now.hash}} {
		if same[0] != "" && same[1] != "" {
			return true
		}
	}
	return v.etag == "" && (v.modified != "" || v.version() == "")
}

// deniedBy says whether an answer with the validators of now is of another file.
func (v validators) deniedBy(now validators) bool {
	if v.size >= 0 && now.size >= 0 && v.size != now.size {
		return true
	}
	for _, pair := range [][2]string{{v.etag, now.etag}, {v.modified, now.modified}, {v.generation, now.generation}, {v.hash, now.hash}} {
		if pair[0] != "" && pair[1] != "" && pair[0] != pair[1] {
			return true
		}
	}
	return false
}
