package storage

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// ServeHTTP routes by hand: an object's name may hold anything, slashes, dots and percent signs included, and a
// http.ServeMux would clean such a path before it is read.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := s.route(w, r); err != nil {
		s.fail(w, r, err)
	}
}

func (s *Server) route(w http.ResponseWriter, r *http.Request) error {
	path := r.URL.EscapedPath()
	if path == "/storage/v1/b" {
		return s.serveBuckets(w, r)
	}
	if rest, ok := strings.CutPrefix(path, "/upload/storage/v1/b/"); ok {
		return s.serveUpload(w, r, strings.TrimSuffix(rest, "/o"))
	}
	if rest, ok := strings.CutPrefix(path, "/storage/v1/b/"); ok {
		return s.serveJSON(w, r, rest)
	}
	bucket, name, err := splitName(strings.TrimPrefix(path, "/"))
	if err != nil {
		return err
	}
	return s.serveXML(w, r, bucket, name)
}

// splitName undoes the escaping of "bucket/name". The XML API's client escapes a name's slashes or not, as it likes.
func splitName(path string) (bucket, name string, err error) {
	bucket, name, _ = strings.Cut(path, "/")
	if name, err = url.PathUnescape(name); err != nil {
		return "", "", badRequest("path: %v", err)
	}
	return bucket, name, nil
}

// serveJSON takes what is behind /storage/v1/b/: "bucket", "bucket/o" or "bucket/o/name".
func (s *Server) serveJSON(w http.ResponseWriter, r *http.Request, path string) error {
	bucket, rest, _ := strings.Cut(path, "/")
	switch {
	case rest == "":
		return s.serveBucket(w, r, bucket)
	case rest == "o" && r.Method == http.MethodGet:
		return s.listObjects(w, r, bucket)
	case strings.HasPrefix(rest, "o/") && strings.Count(rest, "/") == 1: // more would be rewriteTo, compose, acl
		_, name, err := splitName(rest)
		if err != nil {
			return err
		}
		return s.serveObject(w, r, bucket, name)
	}
	return notImplemented(r)
}

func (s *Server) serveObject(w http.ResponseWriter, r *http.Request, bucket, name string) error {
	c, err := readConditions(r)
	if err != nil {
		return err
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		if r.URL.Query().Get("alt") == "media" {
			return s.download(w, r, bucket, name, c)
		}
		return s.replyObject(w)(s.store.get(bucket, name, c))
	case http.MethodPatch, http.MethodPut:
		return s.updateObject(w, r, bucket, name, c)
	case http.MethodDelete:
		return s.deleteObject(w, bucket, name, c)
	}
	return notImplemented(r)
}

func (s *Server) replyObject(w http.ResponseWriter) func(*object, error) error {
	return func(o *object, err error) error {
		if err == nil {
			reply(w, http.StatusOK, o)
		}
		return err
	}
}

// updateObject reads the whole body before the store is asked, so that a slow client holds nobody up.
func (s *Server) updateObject(w http.ResponseWriter, r *http.Request, bucket, name string, c conditions) error {
	resource, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxResource))
	if err != nil {
		return readError(err)
	}
	return s.replyObject(w)(s.store.update(bucket, name, c, func(o *object) error {
		if r.Method == http.MethodPut {
			clearProperties(o)
		}
		_, err := o.apply(bytes.NewReader(resource))
		return err
	}))
}

func clearProperties(o *object) {
	o.ContentType, o.ContentEncoding, o.ContentDisposition, o.ContentLanguage = "", "", "", ""
	o.CacheControl, o.CustomTime, o.Metadata = "", "", nil
}

func (s *Server) deleteObject(w http.ResponseWriter, bucket, name string, c conditions) error {
	if err := s.store.delete(bucket, name, c); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) serveBuckets(w http.ResponseWriter, r *http.Request) error {
	switch r.Method {
	case http.MethodGet:
		items := []bucketResource{}
		for _, b := range s.store.listBuckets() {
			items = append(items, b.resource())
		}
		reply(w, http.StatusOK, map[string]any{"kind": "storage#buckets", "items": items})
		return nil
	case http.MethodPost:
		o := new(object) // a bucket's resource has its name where an object's has it
		d, err := o.apply(r.Body)
		if err != nil {
			return err
		}
		if err := s.store.createBucket(d.Name); err != nil {
			return err
		}
		return s.replyBucket(w, d.Name)
	}
	return notImplemented(r)
}

func (s *Server) serveBucket(w http.ResponseWriter, r *http.Request, name string) error {
	if r.Method != http.MethodGet {
		return notImplemented(r)
	}
	return s.replyBucket(w, name)
}

func (s *Server) replyBucket(w http.ResponseWriter, name string) error {
	b, err := s.store.getBucket(name)
	if err == nil {
		reply(w, http.StatusOK, b.resource())
	}
	return err
}

// bucketResource is cloud.google.com/storage/docs/json_api/v1/buckets#resource, as far as it is kept.
type bucketResource struct {
	Kind           string    `json:"kind"`
	ID             string    `json:"id"`
	Name           string    `json:"name"`
	Created        time.Time `json:"timeCreated"`
	Updated        time.Time `json:"updated"`
	Metageneration int64     `json:"metageneration,string"`
	Location       string    `json:"location"`
	StorageClass   string    `json:"storageClass"`
}

func (b *bucket) resource() bucketResource {
	return bucketResource{"storage#bucket", b.Name, b.Name, b.Created, b.Created, 1, "LOCAL", "STANDARD"}
}
