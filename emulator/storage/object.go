package storage

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// object is one generation of one object: the object resource of the JSON API
// (cloud.google.com/storage/docs/json_api/v1/objects#resource), as far as it is kept. An object in the store is never
// changed, only replaced.
type object struct {
	Kind               string            `json:"kind"`
	ID                 string            `json:"id"`
	Bucket             string            `json:"bucket"`
	Name               string            `json:"name"`
	Size               int64             `json:"size,string"`
	ContentType        string            `json:"contentType,omitempty"`
	ContentEncoding    string            `json:"contentEncoding,omitempty"`
	ContentDisposition string            `json:"contentDisposition,omitempty"`
	ContentLanguage    string            `json:"contentLanguage,omitempty"`
	CacheControl       string            `json:"cacheControl,omitempty"`
	CustomTime         string            `json:"customTime,omitempty"`
	StorageClass       string            `json:"storageClass"`
	Metadata           map[string]string `json:"metadata,omitempty"`
	MD5                string            `json:"md5Hash"`
	CRC32C             string            `json:"crc32c"`
	ETag               string            `json:"etag"`
	Generation         int64             `json:"generation,string"`
	Metageneration     int64             `json:"metageneration,string"`
	Created            time.Time         `json:"timeCreated"`
	Updated            time.Time         `json:"updated"`
	SHA256             string            `json:"sha256"` // not of the API: for people's page

	overwrote int64 // the generation it took the place of, known while it is put
}

func newObject(bucket, name string) *object {
	return &object{Kind: "storage#object", Bucket: bucket, Name: name, StorageClass: "STANDARD", Metageneration: 1}
}

// identify sets what follows from the generations.
func (o *object) identify() {
	o.ID = fmt.Sprintf("%s/%s/%d", o.Bucket, o.Name, o.Generation)
	o.ETag = fmt.Sprintf("%x-%x", o.Generation, o.Metageneration)
}

// maxResource bounds the JSON of one object resource, in bytes.
const maxResource = 1 << 20

// declared is what the sender of an object resource says of it beside its properties. An empty checksum is not declared.
type declared struct {
	Name   string `json:"name"`
	MD5    string `json:"md5Hash"`
	CRC32C string `json:"crc32c"`
	least  int64  // bytes
}

// check holds what was declared against what arrived.
func (d declared) check(o *object) error {
	if d.MD5 != "" && d.MD5 != o.MD5 {
		return badRequest("md5Hash: declared %s, but the content has %s", d.MD5, o.MD5)
	}
	if d.CRC32C != "" && d.CRC32C != o.CRC32C {
		return badRequest("crc32c: declared %s, but the content has %s", d.CRC32C, o.CRC32C)
	}
	if o.Size < d.least {
		return &apiError{http.StatusBadRequest, "entityTooSmall", fmt.Sprintf("%d bytes, want at least %d", o.Size, d.least)}
	}
	return nil
}

// apply reads an object resource and sets the properties it names: null clears one, metadata is merged key by key. An
// empty body names none.
func (o *object) apply(body io.Reader) (declared, error) {
	var d declared
	b, err := io.ReadAll(io.LimitReader(body, maxResource+1))
	switch {
	case err != nil:
		return d, badRequest("the object resource cannot be read: %v", err)
	case len(b) > maxResource:
		return d, badRequest("the object resource is longer than %d bytes", maxResource)
	case len(b) == 0:
		return d, nil
	}
	var p properties
	if err := json.Unmarshal(b, &d); err != nil {
		return d, badRequest("the object resource is not as documented: %v", err)
	}
	if err := json.Unmarshal(b, &p); err != nil {
		return d, badRequest("the object resource is not as documented: %v", err)
	}
	p.applyTo(o)
	return d, nil
}

// properties tell an absent field from null and from the empty string.
type properties struct {
	ContentType        field           `json:"contentType"`
	ContentEncoding    field           `json:"contentEncoding"`
	ContentDisposition field           `json:"contentDisposition"`
	ContentLanguage    field           `json:"contentLanguage"`
	CacheControl       field           `json:"cacheControl"`
	CustomTime         field           `json:"customTime"`
	Metadata           json.RawMessage `json:"metadata"`
}

type field struct {
	set  bool
	text string
}

func (f *field) UnmarshalJSON(b []byte) error {
	f.set = true
	return json.Unmarshal(b, &f.text)
}

func (f field) applyTo(s *string) {
	if f.set {
		*s = f.text
	}
}

func (p properties) applyTo(o *object) {
	p.ContentType.applyTo(&o.ContentType)
	p.ContentEncoding.applyTo(&o.ContentEncoding)
	p.ContentDisposition.applyTo(&o.ContentDisposition)
	p.ContentLanguage.applyTo(&o.ContentLanguage)
	p.CacheControl.applyTo(&o.CacheControl)
	p.CustomTime.applyTo(&o.CustomTime)
	o.Metadata = mergeMetadata(o.Metadata, p.Metadata)
}

func mergeMetadata(old map[string]string, patch json.RawMessage) map[string]string {
	if patch == nil {
		return old
	}
	var changes map[string]*string
	if err := json.Unmarshal(patch, &changes); err != nil || changes == nil {
		return nil // null
	}
	merged := map[string]string{}
	for k, v := range old {
		merged[k] = v
	}
	for k, v := range changes {
		if v == nil {
			delete(merged, k)
		} else {
			merged[k] = *v
		}
	}
	return merged
}

var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$`)

// checkName holds an object's name against cloud.google.com/storage/docs/objects#naming.
func checkName(name string) error {
	switch {
	case name == "" || len(name) > 1024:
		return badRequest("name: %d bytes, want 1 to 1,024", len(name))
	case !utf8.ValidString(name):
		return badRequest("name: %q is not UTF-8", name)
	case strings.ContainsAny(name, "\r\n"):
		return badRequest("name: %q has a line break", name)
	case name == "." || name == ".." || strings.HasPrefix(name, ".well-known/acme-challenge/"):
		return badRequest("name: %q is reserved", name)
	}
	return nil
}
