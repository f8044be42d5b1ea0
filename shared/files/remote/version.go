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

// confirmedBy says whether a part of a file, with the validators of now, is of this one. A part need not repeat what was
// in If-Range, whose condition it is sent under (section 15.3.7); what it does say must agree.
func (v validators) confirmedBy(now validators) bool {
	if v.size >= 0 && now.size >= 0 && v.size != now.size {
		return false
	}
	agree := 0
	for _, pair := range [][2]string{{v.etag, now.etag}, {v.modified, now.modified}, {v.generation, now.generation}, {v.hash, now.hash}} {
		switch {
		case pair[0] == "" || pair[1] == "":
		case pair[0] != pair[1]:
			return false
		default:
			agree++
		}
	}
	return agree > 0 || v.ifRange() != "" || v.version() == ""
}
