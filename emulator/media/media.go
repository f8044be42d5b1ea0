// Package media stands in for the servers on which contact centres keep recordings and media, and from which
// shared/files/remote fetches them. What it serves is made up from the name as it is asked for, always the same for the
// same name, so that a test can compare what was stored with what is here.
//
// emulator/fault is put in front of it (target media), emulator/clock tells it when an address has expired.
package media

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"sessionbridge.internal/emulator/clock"
)

// MaxSize is the largest file that can be asked for, in bytes.
const MaxSize = 2 << 30

// Modified is when every file was made.
var Modified = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// names are the files there are: /recordings/call-103646.mp3, /photos/7.jpg, ….
var names = regexp.MustCompile(`^/(recordings|voicemails)/[\w.-]{1,100}\.(mp3|wav)$|` +
	`^/photos/[\w.-]{1,100}\.(jpg|png)$|^/videos/[\w.-]{1,100}\.(mp4)$`)

// Handler serves the files by path. A query changes the answer:
//
//	size=1000000       the file has so many bytes
//	expires=1767603600 after that second of virtual time the answer is a 403 with XML, as of S3 and its like
//	redirect=2         two redirects come first, to the same path
//	html=1             a sign-in page comes instead, with status 200
//	cap=100000         of a range come so many bytes, as RFC 9110, section 15.3.7, allows
//	fickle=1           what is asked for in part is of another file, without a word of that, as of a server that knows
//	                   no If-Range and whose file has changed
//
// Other parameters, such as a signature, are not looked at.
func Handler(c *clock.Clock) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "files are only read", http.StatusMethodNotAllowed)
			return
		}
		q, err := readQuery(r.URL.Query())
		switch {
		case err != nil:
			http.Error(w, err.Error(), http.StatusBadRequest)
		case q.expires > 0 && c.Now().Unix() > q.expires:
			refuse(w, http.StatusForbidden, "AccessDenied", "Request has expired")
		case q.redirect > 0:
			redirect(w, r.URL.Query(), q.redirect-1)
		case q.html:
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = io.WriteString(w, signIn) // a client that has gone misses nothing
		default:
			q.serve(w, r)
		}
	})
}

type query struct {
	size, expires, redirect, most int64
	html, fickle                  bool
}

func readQuery(v url.Values) (q query, err error) {
	for name, to := range map[string]*int64{"size": &q.size, "expires": &q.expires, "redirect": &q.redirect, "cap": &q.most} {
		if text := v.Get(name); text != "" {
			if *to, err = strconv.ParseInt(text, 10, 64); err != nil || *to < 0 {
				return q, fmt.Errorf("%s must be a whole number from 0", name)
			}
		}
	}
	if q.size > MaxSize {
		return q, fmt.Errorf("size must be at most %d", MaxSize)
	}
	q.html, q.fickle = v.Get("html") == "1", v.Get("fickle") == "1"
	return q, nil
}

// serve sends the file, or the part of it that is asked for.
func (q query) serve(w http.ResponseWriter, r *http.Request) {
	if !names.MatchString(r.URL.Path) {
		refuse(w, http.StatusNotFound, "NoSuchKey", "The specified key does not exist.")
		return
	}
	name, modified, isRange := r.URL.Path, Modified, r.Header.Get("Range") != ""
	if q.fickle && isRange {
		r.Header.Del("If-Range")
		name, modified = "/changed"+name, time.Time{}
	}
	f, err := newFile(name, q.size)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", f.mimeType)
	if !modified.IsZero() {
		w.Header().Set("Etag", fmt.Sprintf(`"%x"`, sha256.Sum256(fmt.Appendf(nil, "%s %d", name, f.size))))
	}
	if f.size <= maxDigest {
		w.Header().Set("Repr-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(f.sum())+":")
	}
	if q.most > 0 {
		r.Header.Set("Range", capped(r.Header.Get("Range"), q.most))
	}
	http.ServeContent(w, r, "", modified, io.NewSectionReader(f, 0, f.size))
}

// maxDigest is the largest file in bytes that is sent with a digest (RFC 9530): it is read once more for it.
const maxDigest = 64 << 20

// capped is the header Range of so many bytes at most; what is no range to the end of a file it leaves alone.
func capped(header string, most int64) string {
	from, isOpen := strings.CutSuffix(header, "-")
	first, err := strconv.ParseInt(strings.TrimPrefix(from, "bytes="), 10, 62)
	if !isOpen || err != nil || first < 0 {
		return header
	}
	return fmt.Sprintf("bytes=%d-%d", first, first+most-1)
}

// redirect answers with the same path: a reference of a query alone, which holds wherever the handler is mounted.
func redirect(w http.ResponseWriter, q url.Values, left int64) {
	q.Del("redirect")
	if left > 0 {
		q.Set("redirect", strconv.FormatInt(left, 10))
	}
	w.Header().Set("Location", "?"+q.Encode())
	w.WriteHeader(http.StatusFound)
}

// refuse answers as the XML APIs of S3, OSS and Cloud Storage do.
func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>%s</Code><Message>%s</Message></Error>\n", code, message)
}

const signIn = `<!DOCTYPE html>
<html lang="en"><head><title>Sign in</title></head>
<body><form method="post"><label>User <input name="user"></label> <label>Password <input name="password" type="password"></label>
<button>Sign in</button></form></body></html>
`
