package storage

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// download sends an object's content, or the part of it that Range asks for. Content is sent as it is stored: gzip is
// never unpacked on the way.
func (s *Server) download(w http.ResponseWriter, r *http.Request, bucket, name string, c conditions) error {
	o, content, err := s.store.open(bucket, name)
	if err != nil {
		return err
	}
	defer content.Close()
	if err := c.checkLive(o, bucket, name); err != nil {
		return err
	}
	o.headers(w.Header(), r.URL.Query())
	http.ServeContent(w, r, "", o.Created, content)
	return nil
}

// headers describe the content; a signed address may ask for another type or disposition than the object has.
func (o *object) headers(h http.Header, query url.Values) {
	for name, value := range map[string]string{
		"Content-Type":                   cmp.Or(query.Get("response-content-type"), o.ContentType, "application/octet-stream"),
		"Content-Encoding":               o.ContentEncoding,
		"Content-Disposition":            cmp.Or(query.Get("response-content-disposition"), o.ContentDisposition),
		"Content-Language":               o.ContentLanguage,
		"Cache-Control":                  o.CacheControl,
		"X-Goog-Stored-Content-Encoding": cmp.Or(o.ContentEncoding, "identity"),
	} {
		if value != "" {
			h.Set(name, value)
		}
	}
	for k, v := range o.Metadata {
		h.Set("X-Goog-Meta-"+k, v)
	}
	o.identityHeaders(h)
}

// identityHeaders say which content of the object it is.
func (o *object) identityHeaders(h http.Header) {
	h.Set("ETag", fmt.Sprintf("%q", o.ETag))
	h.Set("X-Goog-Generation", strconv.FormatInt(o.Generation, 10))
	h.Set("X-Goog-Metageneration", strconv.FormatInt(o.Metageneration, 10))
	h.Set("X-Goog-Hash", "crc32c="+o.CRC32C+",md5="+o.MD5)
	h.Set("X-Goog-Stored-Content-Length", strconv.FormatInt(o.Size, 10))
}

// listPage is the answer to a list request.
type listPage struct {
	Kind          string    `json:"kind"`
	Items         []*object `json:"items,omitempty"`
	Prefixes      []string  `json:"prefixes,omitempty"`
	NextPageToken string    `json:"nextPageToken,omitempty"`
}

// maxPage is how many entries a page of a list has at most, as in the real service.
const maxPage = 1000

func (s *Server) listObjects(w http.ResponseWriter, r *http.Request, bucket string) error {
	q := r.URL.Query()
	size, err := pageSize(q.Get("maxResults"))
	if err != nil {
		return err
	}
	after, err := base64.URLEncoding.DecodeString(q.Get("pageToken"))
	if err != nil {
		return badRequest("pageToken: not one of this server's")
	}
	objects, err := s.store.list(bucket)
	if err != nil {
		return err
	}
	page := listPage{Kind: "storage#objects"}
	last, end := string(after), q.Get("endOffset")
	for _, o := range objects {
		key, isPrefix, ok := entry(o.Name, q.Get("prefix"), q.Get("delimiter"))
		if !ok || key <= last || o.Name < q.Get("startOffset") || end != "" && o.Name >= end {
			continue
		}
		if len(page.Items)+len(page.Prefixes) == size {
			page.NextPageToken = base64.URLEncoding.EncodeToString([]byte(last))
			break
		}
		if last = key; isPrefix {
			page.Prefixes = append(page.Prefixes, key)
		} else {
			page.Items = append(page.Items, o)
		}
	}
	reply(w, http.StatusOK, page)
	return nil
}

func pageSize(text string) (int, error) {
	if text == "" {
		return maxPage, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, badRequest("maxResults: %q, want a number from 1 on", text)
	}
	return min(n, maxPage), nil
}

// entry says under which key an object is listed: its name, or the folder it is in where a delimiter makes folders.
func entry(name, prefix, delimiter string) (key string, isPrefix, ok bool) {
	rest, ok := strings.CutPrefix(name, prefix)
	if delimiter == "" || !ok {
		return name, false, ok
	}
	if folder, _, found := strings.Cut(rest, delimiter); found {
		return prefix + folder + delimiter, true, true
	}
	return name, false, true
}
