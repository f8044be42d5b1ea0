package flow

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"slices"
	"strings"

	"sessionbridge.internal/shared/crm"
	"sessionbridge.internal/shared/metadata"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

const uploadPrefix = "upload_"

// The kinds of files that are made of the session itself, and so can be uploaded from here ("Custom CRM", files to attach).
const (
	transcripts  = "transcripts"
	metadataFile = "metadata"
)

func (s Step) uploads() bool { return strings.HasPrefix(s.Name, uploadPrefix) }

// uploadSteps are the files the CRM is to have and has not taken, once they are written for good: a while after the end.
func uploadSteps(c *settings.CRM, s session.Session, k session.CRM) (steps []Step) {
	if c.Endpoints.Upload == nil || !k.Closed || s.EndedAt.IsZero() {
		return nil
	}
	for _, kind := range []string{transcripts, metadataFile} {
		if name := uploadPrefix + kind; uploaded(c, s, kind) && k.Done[name] == "" {
			steps = append(steps, Step{Name: name, endpoint: &c.Endpoints.Upload.Endpoint, file: kind})
		}
	}
	return steps
}

// uploaded says whether the CRM is to have a kind of file of the session.
func uploaded(c *settings.CRM, s session.Session, kind string) bool {
	u := c.Endpoints.Upload
	return u != nil && slices.Contains(u.Files, kind) && (kind != transcripts || s.Channel == session.Chat)
}

// uploadsOwn says whether the CRM takes files that are made here after a session's end.
func uploadsOwn(c *settings.CRM) bool {
	return c != nil && c.Endpoints.Upload != nil &&
		(slices.Contains(c.Endpoints.Upload.Files, transcripts) || slices.Contains(c.Endpoints.Upload.Files, metadataFile))
}

// file is what is known of a file before its content is read.
func file(s session.Session, kind string) crm.File {
	if kind == transcripts {
		return crm.File{Name: s.Key + ".txt", Type: "text/plain"}
	}
	return crm.File{Name: s.Key + ".json", Type: "application/json"}
}

// upload is the request for a step's file, with its content.
func (u *run) upload(ctx context.Context, n *next, doc *store.Document) (*http.Request, error) {
	content, err := u.content(ctx, doc, n.step.file)
	if err != nil {
		return nil, err
	}
	f := file(doc.Session, n.step.file)
	f.Size, f.Key = int64(len(content)), n.sent.Key
	f.Data = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil }
	r, ok, err := crm.BuildUpload(u.crm.Endpoints.Upload, crm.VarsOf(u.crm, doc.Session, doc.CRM), f)
	if err == nil && !ok {
		err = errUnknown
	}
	if err != nil {
		return nil, err
	}
	return r.HTTP(ctx)
}

func (u *run) content(ctx context.Context, doc *store.Document, kind string) ([]byte, error) {
	if kind == metadataFile {
		return metadata.Document(doc.Session, metadata.CRM{RecordID: doc.CRM.RecordID, RecordURL: doc.CRM.RecordURL, AccountID: doc.CRM.AccountID})
	}
	messages, err := u.Store.Messages(ctx, u.id)
	return metadata.Transcript(doc.Session, messages), err
}

// takeUpload notes a file that the CRM has taken. Where the answer does not tell its address, the file is there all the
// same.
func (p progress) takeUpload(d *store.Document, n *next, a answer) verdict {
	k := &d.CRM
	f := session.CRMFile{Kind: n.step.file, Name: file(d.Session, n.step.file).Name}
	id, url, err := crm.ReadAttachment(p.crm.Endpoints.Upload, p.vars(d, n.step), a.Answer)
	f.ID, f.URL = id, url
	k.Files = append(k.Files, f)
	note(k, n.step.Name, sent)
	if err != nil {
		note(k, n.step.Name, "sent; its address is not known: "+err.Error())
	}
	return verdict{outcome: store.Done}
}
