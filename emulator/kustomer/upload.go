package kustomer

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"io"
	"mime/multipart"
	"net/http"

	"sessionbridge.internal/emulator/received"
)

// Bounds of an upload's form.
const (
	maxFields = 20
	maxField  = 8 << 10 // bytes of one
)

// refusal is an error as Amazon S3 answers it (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html).
type refusal struct {
	XMLName struct{} `xml:"Error"`
	Code    string
	Message string
	status  int
}

func denied(status int, code, message string) *refusal {
	return &refusal{Code: code, Message: message, status: status}
}

// serveUpload takes the form of createAttachment's answer with the file behind all its fields. The file is hashed as it
// arrives, without the lock, and not kept.
func (k *Kustomer) serveUpload(w http.ResponseWriter, r *http.Request) {
	at, kept := k.now(), &received.Beginning{}
	r = r.WithContext(r.Context()) // a copy: the server looks at its own body to know whether the client waits to be asked for it
	body := io.TeeReader(http.MaxBytesReader(w, r.Body, maxFile+maxBody), kept)
	r.Body = io.NopCloser(body)
	a := answer{status: http.StatusNoContent}
	if refused := k.upload(r); refused != nil {
		text, _ := xml.Marshal(refused) // texts alone: it cannot fail
		a = answer{refused.status, http.Header{"Content-Type": {"application/xml"}}, append([]byte(xml.Header), text...)}
	}
	if r.ContentLength <= maxFile+maxBody {
		_, _ = io.CopyN(io.Discard, body, maxBody) // some clients listen only when they have spoken
	}
	k.mu.Lock()
	k.keep(at, r, kept, a.status)
	k.mu.Unlock()
	a.write(w)
}

func (k *Kustomer) upload(r *http.Request) *refusal {
	switch {
	case r.Method != http.MethodPost:
		return denied(http.StatusMethodNotAllowed, "MethodNotAllowed", "The specified method is not allowed against this resource.")
	case r.Header.Get("Authorization") != "":
		return denied(http.StatusBadRequest, "InvalidArgument", "Only one auth mechanism allowed: the form has a signature.")
	case r.ContentLength < 0:
		return denied(http.StatusLengthRequired, "MissingContentLength", "You must provide the Content-Length HTTP header.")
	}
	form, err := r.MultipartReader()
	if err != nil {
		return denied(http.StatusPreconditionFailed, "PreconditionFailed", "Bucket POST must be of the enclosure-type multipart/form-data")
	}
	fields, file, refused := readFields(form)
	if refused != nil {
		return refused
	}
	id := fields["X-Amz-Meta-Attachment-Id"]
	u, refused := k.expected(id, fields)
	if refused != nil {
		return refused
	}
	sum, refused := hashFile(file, u.length)
	if refused != nil {
		return refused
	}
	if _, err := form.NextPart(); !errors.Is(err, io.EOF) {
		return denied(http.StatusBadRequest, "InvalidArgument", "The file must be the last field of the form, and the form must end.")
	}
	return k.uploaded(id, sum)
}

// readFields reads the form up to the file.
func readFields(form *multipart.Reader) (map[string]string, *multipart.Part, *refusal) {
	fields := map[string]string{}
	for range maxFields {
		part, err := form.NextPart()
		if err != nil {
			return nil, nil, denied(http.StatusBadRequest, "InvalidArgument", "POST requires exactly one file upload per request.")
		}
		if part.FormName() == "file" {
			return fields, part, nil
		}
		value, err := io.ReadAll(io.LimitReader(part, maxField+1))
		if err != nil || len(value) > maxField {
			return nil, nil, denied(http.StatusBadRequest, "MaxPostPreDataLengthExceeded", "The fields before the file are too large.")
		}
		fields[part.FormName()] = string(value)
	}
	return nil, nil, denied(http.StatusBadRequest, "MaxPostPreDataLengthExceeded", "There are too many fields before the file.")
}

// expected is the upload that the fields are for: all that were given, as they were given, and no other.
func (k *Kustomer) expected(id string, fields map[string]string) (upload, *refusal) {
	k.mu.Lock()
	defer k.mu.Unlock()
	u := k.uploads[id]
	if u == nil {
		return upload{}, denied(http.StatusForbidden, "AccessDenied", "Invalid according to Policy: X-Amz-Meta-Attachment-Id")
	}
	for name, value := range u.fields {
		if fields[name] != value {
			return upload{}, denied(http.StatusForbidden, "AccessDenied", "Invalid according to Policy: Policy Condition failed: "+name)
		}
	}
	if len(fields) > len(u.fields) {
		return upload{}, denied(http.StatusForbidden, "AccessDenied", "Invalid according to Policy: Extra input fields")
	}
	if !k.now().Before(u.expires) {
		return upload{}, denied(http.StatusForbidden, "AccessDenied", "Invalid according to Policy: Policy expired.")
	}
	if u.sha256 != "" {
		return upload{}, denied(http.StatusForbidden, "AccessDenied", "The file was uploaded before.")
	}
	return *u, nil
}

func hashFile(file io.Reader, length int64) (string, *refusal) {
	hash := sha256.New()
	n, err := io.Copy(hash, io.LimitReader(file, length+1))
	switch {
	case err != nil:
		return "", denied(http.StatusBadRequest, "IncompleteBody", "The form breaks off.")
	case n < length:
		return "", denied(http.StatusBadRequest, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
	case n > length:
		return "", denied(http.StatusBadRequest, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// uploaded keeps what arrived. Of two uploads at once the second is refused.
func (k *Kustomer) uploaded(id, sum string) *refusal {
	k.mu.Lock()
	defer k.mu.Unlock()
	u := k.uploads[id]
	if u.sha256 != "" {
		return denied(http.StatusForbidden, "AccessDenied", "The file was uploaded before.")
	}
	u.sha256 = sum
	old := k.records[id]
	attributes := overlay(old.Attributes, nil)
	attributes["uploaded"] = true
	k.replace(old, attributes, old.Related("createdBy"))
	return nil
}
