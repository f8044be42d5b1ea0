package crm

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"sessionbridge.internal/shared/settings"
)

// Bounds of a form whose fields the CRM says. Amazon S3 takes 20 KB of them
// (docs.aws.amazon.com/AmazonS3/latest/userguide/HTTPPOSTExamples.html).
const (
	maxFormFields = 50
	maxFormBytes  = 64 << 10 // of all names and values
)

// BuildPresigned fills the call that announces a file, the first of the two of a "presigned" upload. Its parameters and
// body may contain the variables of File.Vars. ok is false when a variable in the URL is not known.
func BuildPresigned(u *settings.Upload, v Vars, f File) (r Request, ok bool, err error) {
	return Build(&u.Endpoint, f.among(v))
}

// ReadPresigned makes the second request of the answer to the first: a POST of a form to the address at presigned_url,
// with the fields at presigned_fields and, behind all of them, the file, as Amazon S3 wants it
// (docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTForms.html: whatever follows the file is ignored). Its length is
// always known, since S3 takes no other: File.Size must be the file's, and a file of 0 bytes is one.
//
// The address and the fields are credentials, to be sent there and kept nowhere; the error names what is missing or wrong
// in the answer, and none of its values.
func ReadPresigned(u *settings.Upload, v Vars, a Answer, f File) (UploadRequest, error) {
	raw, err := readText(u.Response, u.PresignedURL, a)
	if err != nil {
		return UploadRequest{}, asPresigned("presigned_url", err)
	}
	target, err := absolute(raw, u.URL, v)
	if err != nil {
		return UploadRequest{}, asPresigned("presigned_url", err)
	}
	filePart := orDefault(u.FilePart, "file")
	fields, err := readFields(u, filePart, a)
	if err != nil {
		return UploadRequest{}, asPresigned("presigned_fields", err)
	}
	r, err := formOf(fields, filePart, f.Vars(), f.Key)
	if err != nil {
		return UploadRequest{}, err
	}
	r.Method, r.URL, r.file = http.MethodPost, target, f
	r.Length = int64(len(r.head)) + max(f.Size, 0) + int64(len(r.tail))
	return r, nil
}

func asPresigned(setting string, err error) error {
	return fmt.Errorf("crm: the file was announced, but the answer has nothing usable where %s says: %w", setting, err)
}

// readFields reads the form's fields, in the order of their names: to S3 only the file's place matters.
func readFields(u *settings.Upload, filePart string, a Answer) (fields []filled, err error) {
	place, err := parseLocation(below(u.Response, u.PresignedFields))
	if err != nil {
		return nil, err
	}
	doc, err := decode(a)
	if err != nil {
		return nil, err
	}
	found, _ := first(doc, place.steps)
	object, ok := found.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("looked at %q, but %s", place.text, place.instead(doc))
	}
	size := 0
	for _, name := range slices.Sorted(maps.Keys(object)) {
		text, ok := fieldText(object[name])
		if !ok {
			return nil, fmt.Errorf("the field %q is %s, and no text", shorten(name, 40), describe(object[name]))
		}
		fields, size = append(fields, filled{key: name, text: text}), size+len(name)+len(text)
	}
	switch {
	case len(fields) > maxFormFields || size > maxFormBytes:
		return nil, fmt.Errorf("there are %d fields of %d bytes; at most %d of %d bytes are sent", len(fields), size, maxFormFields, maxFormBytes)
	case object[filePart] != nil:
		return nil, errors.New("a field has the name of the file's part, which file_part says")
	}
	return fields, nil
}

// fieldText is a field's value as a form has it: of JSON, a text or a number.
func fieldText(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	}
	return "", false
}
