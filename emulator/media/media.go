// Package media stands in for the servers on which contact centres keep recordings and media, and from which
// shared/files/remote fetches them. What it serves is made up from the name as it is asked for, always the same for the
// same name, so that a test can compare what was stored with what is here.
//
// emulator/fault is put in front of it (target media), emulator/clock tells it when an address has expired.
package media

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
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
			serve(w, r, q.size)
		}
	})
}

type query struct {
	size, expires, redirect int64
	html                    bool
}

func readQuery(v url.Values) (q query, err error) {
	for name, to := range map[string]*int64{"size": &q.size, "expires": &q.expires, "redirect": &q.redirect} {
		if text := v.Get(name); text != "" {
			if *to, err = strconv.ParseInt(text, 10, 64); err != nil || *to < 0 {
				return q, fmt.Errorf("%s must be a whole number from 0", name)
			}
		}
	}
	if q.size > MaxSize {
		return q, fmt.Errorf("size must be at most %d", MaxSize)
	}
	q.html = v.Get("html") == "1"
	return q, nil
}

// serve sends the file, or the part of it that is asked for.
func serve(w http.ResponseWriter, r *http.Request, size int64) {
	if !names.MatchString(r.URL.Path) {
		refuse(w, http.StatusNotFound, "NoSuchKey", "The specified key does not exist.")
		return
	}
	f, err := newFile(r.URL.Path, size)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", f.mimeType)
	w.Header().Set("Etag", fmt.Sprintf(`"%x"`, sha256.Sum256(fmt.Appendf(nil, "%s %d", r.URL.Path, f.size))))
	http.ServeContent(w, r, "", Modified, io.NewSectionReader(f, 0, f.size))
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
