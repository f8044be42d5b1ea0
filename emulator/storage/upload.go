package storage

import (
	"cmp"
	"context"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
)

// maxObject is how long an object can be, in bytes. The real service takes 5 TiB; a laptop's disk does not.
const maxObject = 4 << 30

// serveUpload is /upload/storage/v1/b/BUCKET/o in its three kinds (cloud.google.com/storage/docs/uploads-downloads).
func (s *Server) serveUpload(w http.ResponseWriter, r *http.Request, bucket string) error {
	if r.URL.Query().Has("upload_id") {
		return s.serveResumable(w, r, r.URL.Query().Get("upload_id"))
	}
	if r.Method != http.MethodPost {
		return notImplemented(r)
	}
	c, err := readConditions(r)
	if err != nil {
		return err
	}
	switch r.URL.Query().Get("uploadType") {
	case "media":
		o := newObject(bucket, r.URL.Query().Get("name"))
		o.ContentType = r.Header.Get("Content-Type")
		return s.replyObject(w)(s.receive(w, r, o, declaredInHeader(r), c))
	case "multipart":
		return s.receiveMultipart(w, r, bucket, c)
	case "resumable":
		return s.startResumable(w, r, bucket, c)
	}
	return badRequest("uploadType: %q, want media, multipart or resumable", r.URL.Query().Get("uploadType"))
}

// receiveMultipart reads an object resource and the content behind it.
func (s *Server) receiveMultipart(w http.ResponseWriter, r *http.Request, bucket string, c conditions) error {
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || params["boundary"] == "" {
		return badRequest("Content-Type: %q, want multipart/related with a boundary", r.Header.Get("Content-Type"))
	}
	request := http.MaxBytesReader(w, r.Body, maxObject+maxResource)
	parts := multipart.NewReader(request, params["boundary"])
	resource, err := parts.NextPart()
	if err != nil {
		return badRequest("the body has no first part: %v", err)
	}
	o, d, err := readResource(resource, r, bucket)
	if err != nil {
		return err
	}
	content, err := parts.NextPart()
	if err != nil {
		return badRequest("the body has no second part: %v", err)
	}
	o.ContentType = cmp.Or(o.ContentType, content.Header.Get("Content-Type"))
	r.Body = io.NopCloser(&wholeBody{content, request})
	return s.replyObject(w)(s.receive(w, r, o, d, c))
}

// wholeBody is the content of a multipart body, which ends well only if the request does. The Go client, when it is
// cancelled, sends the closing boundary and then breaks off: what came before looks complete and is not.
type wholeBody struct{ content, request io.Reader }

func (b *wholeBody) Read(p []byte) (int, error) {
	n, err := b.content.Read(p)
	if err != io.EOF {
		return n, err
	}
	if _, err := io.Copy(io.Discard, b.request); err != nil {
		return n, err
	}
	return n, io.EOF
}

func readResource(body io.Reader, r *http.Request, bucket string) (*object, declared, error) {
	o := newObject(bucket, "")
	d, err := o.apply(body)
	o.Name = cmp.Or(r.URL.Query().Get("name"), d.Name)
	return o, d, err
}

// receive stores the request's body as o. Nothing is left of an upload whose client goes away before its end.
func (s *Server) receive(w http.ResponseWriter, r *http.Request, o *object, d declared, c conditions) (*object, error) {
	if err := s.store.admits(o.Bucket, o.Name, c); err != nil {
		return nil, err
	}
	sp, err := s.store.newSpool()
	if err != nil {
		return nil, err
	}
	defer sp.discard()
	if _, err := io.Copy(sp, http.MaxBytesReader(w, r.Body, maxObject)); err != nil {
		return nil, readError(err)
	}
	return s.commit(r.Context(), o, sp, d, c)
}

// readError tells a body that broke off, which is the client's affair, from a disk that is full, which is ours.
func readError(err error) error {
	if err == io.ErrUnexpectedEOF {
		return badRequest("the content broke off")
	}
	return err
}

func (s *Server) commit(ctx context.Context, o *object, sp *spool, d declared, c conditions) (*object, error) {
	sp.describe(o)
	if err := d.check(o); err != nil {
		return nil, err
	}
	o, err := s.store.put(o, sp, c)
	if err == nil {
		s.announce(ctx, o)
	}
	return o, err
}

// declaredInHeader reads checksums from X-Goog-Hash, "crc32c=…,md5=…".
func declaredInHeader(r *http.Request) (d declared) {
	for part := range strings.SplitSeq(strings.Join(r.Header.Values("X-Goog-Hash"), ","), ",") {
		kind, sum, _ := strings.Cut(strings.TrimSpace(part), "=")
		if _, err := base64.StdEncoding.DecodeString(sum); err != nil {
			continue
		}
		switch kind {
		case "crc32c":
			d.CRC32C = sum
		case "md5":
			d.MD5 = sum
		}
	}
	return d
}
