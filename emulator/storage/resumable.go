package storage

import (
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"sync"
)

// uploads are the resumable uploads under way, and those that ended lately: a client whose last answer was lost asks
// again. They live in memory only and so end with the server, where the real service keeps them for a week.
type uploads struct {
	mu    sync.Mutex
	byID  map[string]*resumable
	order []string // oldest first
}

// maxUploads is how many are remembered.
const maxUploads = 1000

func newUploads() *uploads { return &uploads{byID: map[string]*resumable{}} }

// add remembers u and gives up the oldest beyond maxUploads.
func (us *uploads) add(u *resumable) (id string) {
	us.mu.Lock()
	defer us.mu.Unlock()
	id = rand.Text()
	us.byID[id] = u
	us.order = append(us.order, id)
	if len(us.order) > maxUploads {
		oldest := us.byID[us.order[0]]
		delete(us.byID, us.order[0])
		us.order = us.order[1:]
		go oldest.end() // may wait for a chunk
	}
	return id
}

func (us *uploads) get(id string) *resumable {
	us.mu.Lock()
	defer us.mu.Unlock()
	return us.byID[id]
}

// resumable is one upload in pieces (cloud.google.com/storage/docs/performing-resumable-uploads).
type resumable struct {
	mu         sync.Mutex
	object     *object
	declared   declared
	conditions conditions
	content    *spool
	over       bool
	done       *object // the result, once there is one
}

func (u *resumable) end() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.close()
}

// close wants the lock held.
func (u *resumable) close() {
	if !u.over {
		u.over = true
		u.content.discard()
	}
}

func (s *Server) startResumable(w http.ResponseWriter, r *http.Request, bucket string, c conditions) error {
	o, d, err := readResource(r.Body, r, bucket)
	if err != nil {
		return err
	}
	if o.ContentType == "" {
		o.ContentType = r.Header.Get("X-Upload-Content-Type")
	}
	if err := s.store.admits(bucket, o.Name, c); err != nil {
		return err
	}
	sp, err := s.store.newSpool()
	if err != nil {
		return err
	}
	id := s.uploads.add(&resumable{object: o, declared: d, conditions: c, content: sp})
	location := url.URL{Scheme: "http", Host: r.Host, Path: "/upload/storage/v1/b/" + bucket + "/o",
		RawQuery: url.Values{"uploadType": {"resumable"}, "upload_id": {id}}.Encode()}
	w.Header().Set("Location", location.String())
	w.Header().Set("X-GUploader-UploadID", id)
	w.WriteHeader(http.StatusOK)
	return nil
}

// serveResumable takes one piece, or says how far the upload is.
func (s *Server) serveResumable(w http.ResponseWriter, r *http.Request, id string) error {
	u := s.uploads.get(id)
	if u == nil {
		return notFound("no such upload, or not any more")
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	switch {
	case r.Method == http.MethodDelete:
		u.close()
		return &apiError{499, "clientClosedRequest", "the upload is cancelled"} // what the real service says to it
	case r.Method != http.MethodPut && r.Method != http.MethodPost:
		return notImplemented(r)
	case u.done != nil:
		reply(w, http.StatusOK, u.done)
		return nil
	case u.over:
		return notFound("the upload has failed or was cancelled")
	}
	complete, err := u.take(w, r)
	if err != nil {
		return err
	}
	if !complete {
		u.goOn(w, r)
		return nil
	}
	return s.finish(w, r, u)
}

func (s *Server) finish(w http.ResponseWriter, r *http.Request, u *resumable) error {
	defer u.close()
	if d := declaredInHeader(r); d.CRC32C != "" {
		u.declared.CRC32C = d.CRC32C
	}
	o, err := s.commit(r.Context(), u.object, u.content, u.declared, u.conditions)
	u.done = o
	return s.replyObject(w)(o, err)
}

// goOn answers 308, in the disguise the Go client asks for, with how much has arrived.
func (u *resumable) goOn(w http.ResponseWriter, r *http.Request) {
	if u.content.size > 0 {
		w.Header().Set("Range", fmt.Sprintf("bytes=0-%d", u.content.size-1))
	}
	if r.Header.Get("X-GUploader-No-308") != "" {
		w.Header().Set("X-Http-Status-Code-Override", "308")
		w.WriteHeader(http.StatusOK)
		return
	}
	w.WriteHeader(http.StatusPermanentRedirect)
}

// take appends the request's body and says whether the content is complete. A piece that comes again, since its
// acknowledgement was lost, is not appended twice.
func (u *resumable) take(w http.ResponseWriter, r *http.Request) (complete bool, err error) {
	p, err := parsePiece(r.Header.Get("Content-Range"))
	if err != nil {
		return false, err
	}
	if p.first > u.content.size {
		return false, badRequest("Content-Range: starts at %d, but only %d bytes have arrived", p.first, u.content.size)
	}
	body := http.MaxBytesReader(w, r.Body, maxObject-u.content.size)
	if p.hasBytes {
		if _, err := io.CopyN(io.Discard, body, u.content.size-p.first); err != nil && err != io.EOF {
			return false, readError(err)
		}
		if _, err := io.Copy(u.content, body); err != nil {
			return false, readError(err)
		}
	}
	return p.total < 0 || p.total == u.content.size, nil
}

// piece is a Content-Range of a resumable upload.
type piece struct {
	hasBytes bool
	first    int64
	total    int64 // unknown: moreToCome; not said at all, so that this piece is the last: -1
}

const (
	moreToCome  = 1 << 62
	granularity = 256 << 10 // every piece but the last is a multiple of this many bytes
)

var contentRange = regexp.MustCompile(`^bytes (?:(\d{1,18})-(\d{1,18})|\*)/(?:(\d{1,18})|\*)$`)

func parsePiece(header string) (piece, error) {
	if header == "" {
		return piece{hasBytes: true, total: -1}, nil
	}
	m := contentRange.FindStringSubmatch(header)
	if m == nil {
		return piece{}, badRequest("Content-Range: %q, want \"bytes FIRST-LAST/TOTAL\" with * for what is unknown", header)
	}
	number := func(text string) int64 {
		n, _ := strconv.ParseInt(text, 10, 64) // 18 digits at most, by the pattern
		return n
	}
	p := piece{hasBytes: m[1] != "", first: number(m[1]), total: moreToCome}
	if m[3] != "" {
		p.total = number(m[3])
	}
	if length := number(m[2]) - p.first + 1; p.hasBytes && p.total == moreToCome && length%granularity != 0 {
		return piece{}, badRequest("Content-Range: %q has %d bytes; all pieces but the last are multiples of %d", header, length, granularity)
	}
	return p, nil
}
