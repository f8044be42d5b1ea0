package crm

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	"sessionbridge.internal/shared/settings"
)

// File is a file to be sent to the CRM. Data opens it anew, for each attempt.
type File struct {
	Name string // as it is kept: call-103646.mp3
	Type string // MIME type; empty or none: application/octet-stream
	Data func() (io.ReadCloser, error)
	Size int64 // in bytes; 0 or less: not known
	// Key makes a form's boundary, so that a repeat of the request is the same to the letter: the idempotency key, which no
	// file can know. Empty: the boundary is random.
	Key string
}

// Vars are what requests may say of the file beside its content: {FILE_NAME}, {FILE_NAME_ASCII}, for systems that bear no
// other letters in JSON, {FILE_TYPE}, and, where it is known, {FILE_SIZE} in bytes.
func (f File) Vars() Vars {
	v := Vars{"FILE_NAME": f.Name, "FILE_NAME_ASCII": ascii(f.Name), "FILE_TYPE": "application/octet-stream"}
	if kind, _, err := mime.ParseMediaType(f.Type); err == nil {
		v["FILE_TYPE"] = kind
	}
	if f.Size > 0 {
		v["FILE_SIZE"] = strconv.FormatInt(f.Size, 10)
	}
	return v
}

// among are the file's variables and the others, which stay as they are.
func (f File) among(others Vars) Vars {
	v := Vars{}
	maps.Copy(v, others)
	maps.Copy(v, f.Vars())
	return v
}

// UploadRequest is the call that takes a file, built but not sent and without credentials. The file itself is read only
// while the request is sent, and never held whole.
type UploadRequest struct {
	Method, URL, ContentType string
	// Length is the body's, in bytes; -1 where the file's is not known.
	Length int64

	head, tail []byte // what stands before and behind the file
	base64     bool
	file       File
}

// BuildUpload fills the call that takes a file ("Custom CRM", upload file). As "base64" the file is the value of {FILE_DATA}
// in a JSON body; as "multipart" it is the part FilePart of a form, behind the parameters, each a part of text
// (RFC 7578). As "raw" it is the body, and the parameters are in the query. Beside {FILE_DATA}, parameters and body may
// contain the variables of File.Vars. ok is false when a variable in the URL is not known. One that is "presigned" is
// BuildPresigned's.
func BuildUpload(u *settings.Upload, v Vars, f File) (r UploadRequest, ok bool, err error) {
	v = f.among(v)
	v["FILE_DATA"] = ""
	switch u.Type {
	case "base64":
		r, ok, err = inBody(u, v)
	case "raw":
		r, ok, err = asBody(u, v)
	case "multipart":
		r, ok, err = inForm(u, v, f.Key)
	default:
		err = fmt.Errorf("crm: upload type %q is none of base64, multipart and raw", u.Type)
	}
	if err != nil || !ok {
		return UploadRequest{}, false, err
	}
	r.file, r.Length = f, r.length(f.Size)
	return r, true, nil
}

func (r *UploadRequest) length(size int64) int64 {
	if size <= 0 {
		return -1
	}
	if r.base64 {
		size = (size + 2) / 3 * 4
	}
	return int64(len(r.head)) + size + int64(len(r.tail))
}

// inBody builds the JSON body with a mark in the file's place, and cuts it there. The mark is a hash of all values, so
// that no value can contain it.
func inBody(u *settings.Upload, v Vars) (UploadRequest, bool, error) {
	mark := hashOf(v)
	v["FILE_DATA"] = mark
	r, ok, err := Build(&u.Endpoint, v)
	if err != nil || !ok {
		return UploadRequest{}, false, err
	}
	parts := bytes.Split(r.Body, []byte(mark))
	if len(parts) != 2 || strings.Contains(r.URL, mark) {
		return UploadRequest{}, false, errors.New("crm: {FILE_DATA} must stand once in the parameters or the body of the upload, whole, and not in its URL")
	}
	return UploadRequest{Method: r.Method, URL: r.URL, ContentType: r.ContentType, head: parts[0], tail: parts[1], base64: true}, true, nil
}

func hashOf(v Vars) string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(v)) {
		fmt.Fprintf(h, "%q %q\n", name, v[name])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// inForm builds the form up to the file, and its end. No file can contain the boundary: it is random, or made of the key.
func inForm(u *settings.Upload, v Vars, key string) (UploadRequest, bool, error) {
	target, ok, err := address(u.URL, v)
	if err != nil || !ok {
		return UploadRequest{}, false, err
	}
	query, parts, err := fill(&u.Endpoint, v)
	if err != nil {
		return UploadRequest{}, false, err
	}
	target.RawQuery = withQuery(target.RawQuery, query)
	r, err := formOf(parts, orDefault(u.FilePart, "file"), v, key)
	r.Method, r.URL = u.Method, target.String()
	return r, err == nil, err
}

// formOf is a form: the parts of text, and behind them the file's.
func formOf(parts []filled, filePart string, v Vars, key string) (UploadRequest, error) {
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	if key != "" {
		sum := sha256.Sum256([]byte("boundary of " + key))
		if err := form.SetBoundary(hex.EncodeToString(sum[:])); err != nil {
			return UploadRequest{}, fmt.Errorf("crm: the upload's form: %w", err)
		}
	}
	for _, p := range parts {
		if err := form.WriteField(p.key, p.text); err != nil {
			return UploadRequest{}, fmt.Errorf("crm: parameter %q: %w", p.key, err)
		}
	}
	_, err := form.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {multipart.FileContentDisposition(filePart, v["FILE_NAME"])},
		"Content-Type":        {v["FILE_TYPE"]},
	})
	head := bytes.Clone(b.Bytes())
	if err = errors.Join(err, form.Close()); err != nil {
		return UploadRequest{}, fmt.Errorf("crm: the upload's form: %w", err)
	}
	return UploadRequest{ContentType: form.FormDataContentType(), head: head, tail: b.Bytes()[len(head):]}, nil
}

// asBody is a request whose body is the file and nothing else.
func asBody(u *settings.Upload, v Vars) (UploadRequest, bool, error) {
	target, ok, err := address(u.URL, v)
	if err != nil || !ok {
		return UploadRequest{}, false, err
	}
	query, rest, err := fill(&u.Endpoint, v)
	if err != nil {
		return UploadRequest{}, false, err
	}
	if len(rest) > 0 {
		return UploadRequest{}, false, fmt.Errorf("crm: parameter %q: must be in the query, since the body is the file", rest[0].key)
	}
	target.RawQuery = withQuery(target.RawQuery, query)
	return UploadRequest{Method: u.Method, URL: target.String(), ContentType: v["FILE_TYPE"]}, true, nil
}

// ascii writes a text without accents, and an underscore for what is still no letter of ASCII.
func ascii(text string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= 0x300 && c <= 0x36f: // combining diacritical marks
			return -1
		case c < ' ' || c > '~':
			return '_'
		}
		return c
	}, norm.NFKD.String(text))
}

// Text is the body for people: with {FILE_DATA} in the file's place.
func (r UploadRequest) Text() string { return string(r.head) + "{FILE_DATA}" + string(r.tail) }

// Body opens the file and gives the whole body.
func (r UploadRequest) Body() (io.ReadCloser, error) {
	data, err := r.file.Data()
	if err != nil {
		return nil, fmt.Errorf("crm: the file to upload: %w", err)
	}
	var file io.Reader = data
	if r.base64 {
		file = &encoder{from: data}
	}
	return struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(r.head), file, bytes.NewReader(r.tail)), data}, nil
}

// HTTP makes the request ready to send; the caller adds credentials. It opens the file, which sending closes.
func (r UploadRequest) HTTP(ctx context.Context) (*http.Request, error) {
	body, err := r.Body()
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, r.URL, body)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("crm: %w", err), body.Close())
	}
	req.ContentLength, req.GetBody = r.Length, r.Body
	req.Header.Set("Accept", jsonType)
	req.Header.Set("Content-Type", r.ContentType)
	return req, nil
}

// chunk is how much of a file is encoded at once: a multiple of three bytes, which have no padding.
const chunk = 3 << 12

// encoder reads what from has in base64 (RFC 4648, section 4).
type encoder struct {
	from    io.Reader
	in      [chunk]byte
	out     [chunk / 3 * 4]byte
	pending []byte
	err     error
}

func (e *encoder) Read(p []byte) (int, error) {
	if len(e.pending) == 0 && e.err == nil {
		var n int
		n, e.err = io.ReadFull(e.from, e.in[:])
		if e.err == io.ErrUnexpectedEOF { // ReadFull's word for a last chunk that is not full
			e.err = io.EOF
		}
		base64.StdEncoding.Encode(e.out[:], e.in[:n])
		e.pending = e.out[:base64.StdEncoding.EncodedLen(n)]
	}
	if len(e.pending) == 0 {
		return 0, e.err
	}
	n := copy(p, e.pending)
	e.pending = e.pending[n:]
	return n, nil
}
