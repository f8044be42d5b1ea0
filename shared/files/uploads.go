package files

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"sessionbridge.internal/shared/session"
)

// Upload names a file that an end user puts into the bucket for uploads, from where it goes its way like any other.
type Upload struct {
	Tenant, Source, Session string
	Kind                    session.FileKind // session.Photo or session.Video
	ID                      string           // one that nobody can guess
}

// UploadLimits are the largest files that end users may upload, in bytes. What an end user's camera makes of a minute or
// two is well below.
var UploadLimits = map[session.FileKind]int64{session.Photo: 32 << 20, session.Video: 1 << 30}

// Path is the object's name in the bucket.
func (u Upload) Path() string {
	parts := []string{u.Tenant, u.Source, u.Session, string(u.Kind), u.ID}
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return strings.Join(parts, "/")
}

// Prefix is how the names of all objects of the upload's session begin, and of no other's.
func (u Upload) Prefix() string {
	return url.PathEscape(u.Tenant) + "/" + url.PathEscape(u.Source) + "/" + url.PathEscape(u.Session) + "/"
}

// FileID is the file's id within its session.
func (u Upload) FileID() string { return string(u.Kind) + "-" + u.ID }

// ParseUpload reads the name of an object in the bucket for uploads. Its error says that the object is none of ours.
func ParseUpload(name string) (Upload, error) {
	parts := strings.Split(name, "/")
	if len(parts) != 5 {
		return Upload{}, fmt.Errorf("object %q: is no upload's name: tenant/source/session/kind/id", name)
	}
	for i := range parts {
		part, err := url.PathUnescape(parts[i])
		if err != nil || part == "" {
			return Upload{}, fmt.Errorf("object %q: its part %d is empty or not escaped well", name, i+1)
		}
		parts[i] = part
	}
	u := Upload{parts[0], parts[1], parts[2], session.FileKind(parts[3]), parts[4]}
	if UploadLimits[u.Kind] == 0 {
		return Upload{}, fmt.Errorf("object %q: end users upload no %q", name, u.Kind)
	}
	return u, nil
}

// UploadScheme begins the address of an object, gs://bucket/name, which no HTTP client follows.
const UploadScheme = "gs://"

// Uploaded is the event that an object arrived in the bucket for uploads, out of the attributes of Cloud Storage's
// notification (docs.cloud.google.com/storage/docs/pubsub-notifications). ok is false for a notification of anything else.
func Uploaded(attributes map[string]string) (e session.Event, ok bool, err error) {
	if attributes["eventType"] != "OBJECT_FINALIZE" {
		return e, false, nil
	}
	u, err := ParseUpload(attributes["objectId"])
	if err != nil {
		return e, false, err
	}
	at, err := time.Parse(time.RFC3339Nano, attributes["eventTime"])
	if err != nil {
		return e, false, fmt.Errorf("object %q: eventTime: %w", attributes["objectId"], err)
	}
	return session.Event{
		ID: "upload-" + u.FileID(), Tenant: u.Tenant, Source: u.Source, Session: u.Session, Kind: session.FileReady, At: at.UTC(),
		File: &session.File{ID: u.FileID(), Kind: u.Kind, URL: UploadScheme + attributes["bucketId"] + "/" + attributes["objectId"]},
	}, true, nil
}
