package storage

import (
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// serveXML is the XML API as far as signed addresses use it: GET, HEAD, PUT and DELETE of one object, and what a browser
// asks beforehand (docs.cloud.google.com/storage/docs/xml-api/reference-methods).
func (s *Server) serveXML(w http.ResponseWriter, r *http.Request, bucket, name string) error {
	if name == "" {
		return notImplemented(r)
	}
	allowBrowsers(w, r)
	if r.Method == http.MethodOptions {
		w.WriteHeader(http.StatusOK)
		return nil
	}
	if err := s.signer.check(r, bucket, name, s.store.now()); err != nil {
		return err
	}
	c, err := readConditions(r)
	if err != nil {
		return err
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		return s.download(w, r, bucket, name, c)
	case http.MethodPut:
		return s.putXML(w, r, bucket, name, c)
	case http.MethodDelete:
		return s.deleteObject(w, bucket, name, c)
	}
	return notImplemented(r)
}

// allowBrowsers answers pages of any origin (fetch.spec.whatwg.org/#http-cors-protocol), where the real service wants a
// CORS configuration of the bucket that names them.
func allowBrowsers(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Origin") == "" {
		return
	}
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	if r.Method != http.MethodOptions {
		h.Set("Access-Control-Expose-Headers", "Content-Disposition, Content-Length, ETag, X-Goog-Generation, X-Goog-Hash")
		return
	}
	h.Set("Access-Control-Allow-Methods", "GET, HEAD, PUT, DELETE")
	h.Set("Access-Control-Allow-Headers", r.Header.Get("Access-Control-Request-Headers"))
	h.Set("Access-Control-Max-Age", "3600")
}

// putXML stores the body. The answer has no content, but says in headers what is stored.
func (s *Server) putXML(w http.ResponseWriter, r *http.Request, bucket, name string, c conditions) error {
	d := declaredInHeader(r)
	if err := d.readLengthRange(w, r); err != nil {
		return err
	}
	o := newObject(bucket, name)
	o.ContentType = r.Header.Get("Content-Type")
	for header, values := range r.Header {
		if key, ok := strings.CutPrefix(header, "X-Goog-Meta-"); ok {
			o.setMetadata(strings.ToLower(key), strings.Join(values, ","))
		}
	}
	o, err := s.receive(w, r, o, d, c)
	if err == nil {
		o.identityHeaders(w.Header())
		w.WriteHeader(http.StatusOK)
	}
	return err
}

func (o *object) setMetadata(key, value string) {
	if o.Metadata == nil {
		o.Metadata = map[string]string{}
	}
	o.Metadata[key] = value
}

var lengthRange = regexp.MustCompile(`^(\d{1,18}),(\d{1,18})$`)

// readLengthRange reads how long the content may be, "0,1048576" in bytes, and cuts the body there
// (docs.cloud.google.com/storage/docs/xml-api/reference-headers#xgoogcontentlengthrange).
func (d *declared) readLengthRange(w http.ResponseWriter, r *http.Request) error {
	text := r.Header.Get("X-Goog-Content-Length-Range")
	if text == "" {
		return nil
	}
	m := lengthRange.FindStringSubmatch(text)
	if m == nil {
		return badRequest("x-goog-content-length-range: %q, want \"LEAST,MOST\" in bytes", text)
	}
	most, _ := strconv.ParseInt(m[2], 10, 64) // 18 digits at most, by the pattern
	d.least, _ = strconv.ParseInt(m[1], 10, 64)
	if r.ContentLength > most {
		return entityTooLarge(most)
	}
	r.Body = http.MaxBytesReader(w, r.Body, most)
	return nil
}

func entityTooLarge(most int64) *apiError {
	return &apiError{http.StatusBadRequest, "entityTooLarge", fmt.Sprintf("Your proposed upload is larger than %d bytes.", most)}
}

// speaksXML tells the XML API's paths from the JSON API's.
func speaksXML(r *http.Request) bool {
	return !strings.HasPrefix(r.URL.Path, "/storage/v1/") && !strings.HasPrefix(r.URL.Path, "/upload/storage/v1/")
}

// failXML writes err as the XML API does (docs.cloud.google.com/storage/docs/xml-api/reference-status).
func failXML(w http.ResponseWriter, err *apiError) {
	answer := struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
		Message string
	}{Message: err.message}
	answer.Code = xmlCode(err.reason)
	w.Header().Set("Content-Type", "application/xml; charset=UTF-8")
	w.WriteHeader(err.status)
	_, _ = io.WriteString(w, xml.Header) // a client that has gone is no trouble of ours
	_ = xml.NewEncoder(w).Encode(answer)
}

// xmlCode is the XML API's name of what the JSON API calls a reason.
func xmlCode(reason string) string {
	switch reason {
	case "notFound":
		return "NoSuchKey"
	case "conditionNotMet":
		return "PreconditionFailed"
	case "invalid":
		return "InvalidArgument"
	}
	return strings.ToUpper(reason[:1]) + reason[1:]
}
