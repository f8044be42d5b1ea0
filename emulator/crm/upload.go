package crm

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"unicode"
)

// Bounds of an upload.
const (
	maxFile   = 512 << 20             // bytes of the file
	maxUpload = maxFile/3*4 + maxBody // bytes of the body: base64 makes four of three
	maxName   = 255                   // bytes of the file's name
	maxParts  = 100                   // of a form
)

// upload takes a file as JSON {"name", "type", "data": base64} or as multipart/form-data (RFC 7578) with the file in the
// part "file". The file is hashed as it arrives, without the lock.
func (c *CRM) upload(r *http.Request) answer {
	c.mu.Lock()
	rec := c.record(pathID(r))
	c.mu.Unlock()
	if rec == nil {
		return noRecord()
	}
	f := &file{hash: sha256.New(), kept: []byte{}}
	var err error
	switch mediaType(r) {
	case "application/json":
		err = f.readJSON(r.Body)
	case "multipart/form-data":
		err = f.readForm(r)
	default:
		return fail(http.StatusUnsupportedMediaType, "", "want Content-Type: application/json or multipart/form-data")
	}
	if err == nil {
		err = f.check()
	}
	if err != nil {
		return failUpload(err)
	}
	fingerprint, _ := json.Marshal([]any{f.name, f.kind, f.size, f.sum()})
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.once(r, fingerprint, func(r *http.Request, _ []byte) answer { return c.attach(r, f) })
}

var errLongFile = fmt.Errorf("the file is longer than %d bytes", maxFile)

func failUpload(err error) answer {
	var bad *badField
	switch {
	case errors.Is(err, errLongFile):
		return fail(http.StatusRequestEntityTooLarge, "", errLongFile.Error())
	case errors.As(err, &bad):
		return failField(bad)
	default:
		return failBody(err)
	}
}

// file is an upload; what is written to it is its content.
type file struct {
	name, kind string
	there      bool // the content, if only an empty one
	size       int64
	hash       hash.Hash
	kept       []byte // nil once it is too much
}

func (f *file) Write(p []byte) (int, error) {
	f.size += int64(len(p))
	if f.size > maxFile {
		return 0, errLongFile
	}
	if f.size > maxContent {
		f.kept = nil
	} else {
		f.kept = append(f.kept, p...)
	}
	return f.hash.Write(p)
}

func (f *file) sum() string { return hex.EncodeToString(f.hash.Sum(nil)) }

// check wants a name and a content; a type is one that says nothing if none was given.
func (f *file) check() error {
	switch {
	case !f.there:
		return &badField{"data", `the file is missing: send base64 as "data", or a part "file"`}
	case strings.TrimSpace(f.name) == "":
		return &badField{"name", "a file needs a name"}
	case len(f.name) > maxName || strings.ContainsFunc(f.name, unicode.IsControl):
		return &badField{"name", fmt.Sprintf("must have at most %d bytes and no control characters", maxName)}
	}
	if f.kind == "" {
		f.kind = "application/octet-stream"
	}
	kind, parameters, err := mime.ParseMediaType(f.kind)
	if err != nil || !strings.Contains(kind, "/") || len(f.kind) > maxName {
		return &badField{"type", "must be a media type such as audio/mpeg"}
	}
	f.kind = mime.FormatMediaType(kind, parameters)
	return nil
}

func (f *file) readJSON(body io.Reader) error {
	rest, err := liftText(bufio.NewReaderSize(body, 64<<10), "data", f.readBase64)
	if err != nil {
		return err
	}
	values, err := parseFields(rest)
	if err != nil {
		return err
	}
	if raw := values["data"]; !f.there && raw != nil && string(raw) != "null" {
		return &badField{"data", "must be a text"}
	}
	return first(values.text("name", &f.name), values.text("type", &f.kind))
}

func (f *file) readBase64(text io.Reader) error {
	if f.there {
		return &badField{"data", "is given twice"}
	}
	f.there = true
	_, err := io.Copy(f, base64.NewDecoder(base64.StdEncoding, text))
	var corrupt base64.CorruptInputError
	if errors.As(err, &corrupt) || errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, errBroken) {
		return &badField{"data", "must be base64 (RFC 4648 section 4), with its padding"}
	}
	return err
}

// readForm takes the file's name and type from its own part; parts "name" and "type" overrule them. Other parts are such
// as many CRMs have, and are passed over.
func (f *file) readForm(r *http.Request) error {
	form, err := r.MultipartReader()
	if err != nil {
		return &badField{"", "the body must be a form with a boundary"}
	}
	given := map[string]string{}
	for range maxParts {
		part, err := form.NextPart()
		if err == io.EOF {
			f.name, f.kind = pick(given["name"], f.name), pick(given["type"], f.kind)
			return nil
		}
		if err != nil {
			return formError(err)
		}
		if part.FormName() == "file" {
			err = f.readPart(part)
		} else {
			err = readText(part, given)
		}
		if err != nil {
			return err
		}
	}
	return &badField{"", fmt.Sprintf("the form has more than %d parts", maxParts)}
}

func (f *file) readPart(part *multipart.Part) error {
	if f.there {
		return &badField{"file", "is given twice"}
	}
	f.there = true
	f.name, f.kind = part.FileName(), part.Header.Get("Content-Type")
	if _, err := io.Copy(f, part); err != nil {
		return formError(err)
	}
	return nil
}

// readText keeps the parts that count; of the others the body's bound is the only one.
func readText(part *multipart.Part, given map[string]string) error {
	name := part.FormName()
	if name != "name" && name != "type" {
		_, err := io.Copy(io.Discard, part)
		return formError(err)
	}
	text, err := io.ReadAll(io.LimitReader(part, maxName+1)) // check says when it is too long
	given[name] = string(text)
	return formError(err)
}

// formError names a form that is none; what the body's bound and the file's say stays.
func formError(err error) error {
	var long *http.MaxBytesError
	if err == nil || errors.As(err, &long) || errors.Is(err, errLongFile) {
		return err
	}
	return &badField{"", "the form breaks off or is none"}
}

func pick(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}
