package flow

import (
	"cmp"
	"context"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"sessionbridge.internal/shared/crm"
	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/metadata"
	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

const (
	uploadPrefix = "upload_"
	linkPrefix   = "link_"
)

// uploadTime bounds an upload, which may be long where another request may not.
const uploadTime = 4 * time.Minute

// The marks in Done of a file that the CRM may have or may not, and of one whose content has no version.
const (
	perhaps = "perhaps sent"
	sent    = "sent"
)

func (s Step) uploads() bool { return strings.HasPrefix(s.Name, uploadPrefix) }

// uploadSteps are the files the CRM is to have ("Custom CRM", files to attach) and has not taken in their latest version.
func uploadSteps(c *settings.CRM, k session.CRM) (steps []Step) {
	if c.Endpoints.Upload == nil {
		return nil
	}
	for _, f := range k.Ready {
		name := uploadPrefix + f.File
		if f.LinkOnly || !slices.Contains(c.Endpoints.Upload.Files, f.Kind) || taken(k.Done[name], f.Version) {
			continue
		}
		steps = append(steps, Step{Name: name, endpoint: &c.Endpoints.Upload.Endpoint, file: f, presigned: c.Endpoints.Upload.Presigned()})
	}
	return steps
}

// taken says whether a mark is of the version. A file that went to the CRM before it had a version is the same file when
// it has one: what the source announced is fetched once, and only what is made here is made anew.
func taken(mark, version string) bool {
	return mark == sent || mark == noContent || mark == perhaps || mark != "" && strings.TrimPrefix(mark, perhaps+" ") == version
}

// markOf is the mark of a file that the CRM has, or perhaps has.
func markOf(version string, certain bool) string {
	switch {
	case !certain:
		return strings.TrimSpace(perhaps + " " + version)
	case version == "":
		return sent
	}
	return version
}

// uploadsOwn says whether the CRM takes files that are made here after a session's end.
func uploadsOwn(c *settings.CRM) bool {
	return c != nil && c.Endpoints.Upload != nil &&
		(slices.Contains(c.Endpoints.Upload.Files, settings.Transcripts) || slices.Contains(c.Endpoints.Upload.Files, settings.Metadata))
}

// fileRemarks are the comments about files: where the CRM has those that were uploaded, if the settings want that told, and
// where the company's storage has those of which the CRM gets the address alone.
func fileRemarks(c *settings.CRM, s session.Session, k session.CRM) (all []remark) {
	if u := c.Endpoints.Upload; u != nil && u.Comment {
		for _, f := range k.Files {
			r := remark{on: onFile, name: commentPrefix + uploadPrefix + f.File, text: strings.TrimSpace(title(s) + ": file " + f.Name + " " + f.URL)}
			r.vars = crm.File{Name: f.Name, Type: f.Type, Size: f.Size}.Vars()
			r.vars["ATTACHMENT_ID"], r.vars["ATTACHMENT_URL"] = f.ID, f.URL
			all = append(all, r)
		}
	}
	for _, f := range k.Ready {
		if f.LinkOnly && f.Link != "" && f.Kind != settings.Metadata {
			all = append(all, remark{on: onFile, name: commentPrefix + linkPrefix + f.File, text: title(s) + ": file " + f.Name + " " + f.Link})
		}
	}
	return all
}

// onFile is the event of a file, which has settings of its own.
const onFile = "file"

// fileOf is a file as requests name it, without its content.
func fileOf(f session.Ready, key string) crm.File {
	return crm.File{Name: f.Name, Type: f.Type, Size: f.Size, Key: key}
}

// upload is the request for a step's file, with its content; done closes what the content came from.
func (u *run) upload(ctx context.Context, n *next, doc *store.Document) (req *http.Request, done func(), err error) {
	src, done, err := u.content(ctx, doc, n.step.file.File)
	if err != nil {
		return nil, nil, err
	}
	n.step.file.Size, n.step.file.Type = src.Size, cmp.Or(src.Type, n.step.file.Type)
	f := fileOf(n.step.file, n.sent.Key)
	f.Data = func() (io.ReadCloser, error) { return src.Open(ctx, 0) }
	v := crm.VarsOf(u.crm, doc.Session, doc.CRM)
	r, ok, err := crm.BuildUpload(u.crm.Endpoints.Upload, v, f)
	if err == nil && !ok {
		err = errUnknown
	}
	if err == nil {
		req, err = r.HTTP(ctx)
	}
	if err != nil {
		done()
		return nil, nil, err
	}
	return req, done, nil
}

// content opens a file of the session: where it is stored, at its source, or as it is made anew.
func (u *run) content(ctx context.Context, doc *store.Document, file string) (files.Source, func(), error) {
	src, done, err := u.Files.Content(ctx, u.set, u.id, doc, file)
	if err != nil || src.Open != nil {
		return src, done, err
	}
	var made []byte
	if file == store.MetadataFile {
		made, err = metadata.Document(doc.Session, work.Facts(u.set.Storage, doc))
	} else {
		var messages []session.Event
		messages, err = u.Store.Messages(ctx, u.id)
		made = metadata.Transcript(doc.Session, messages)
	}
	return files.Bytes(made, ""), func() {}, err
}

// noContent is the mark of a file that was not to be had.
const noContent = "not to be had"

// patience is how long is waited for what the session can do without: whoever has a file is asked again so long who says
// that there is none, or none that may be taken.
const patience = 24 * time.Hour

func (p progress) patienceIsOver(d *store.Document, n *next) bool {
	f := d.File(n.step.file.File)
	return f == nil || f.Dead || p.isOld(d.CRM.FirstFailedAt)
}

// isOld says whether what failed first then has failed for as long as there is patience.
func (p progress) isOld(since time.Time) bool { return !since.IsZero() && p.now.Sub(since) >= patience }

// refusesFile says whether the CRM took everything but this file, and will not take it: one that is too large, of a kind it does
// not have, or for which the key has no role. A refusal that the settings have tried again is one once the patience is over.
// 401 is not about the file, nor is 429.
func (p progress) refusesFile(d *store.Document, n *next, a answer, v verdict) bool {
	if !n.step.uploads() || !v.known || a.err != nil || a.Status == http.StatusUnauthorized {
		return false
	}
	if v.outcome == store.Waiting {
		return a.Status >= 400 && a.Status < 500 && a.Status != http.StatusTooManyRequests && p.isOld(d.CRM.FirstFailedAt)
	}
	return a.Status >= 400 || crm.MeaningOf(n.step.endpoint, a.Answer) == settings.MeansRefused
}

// letGo goes on without a file that is not to be had or not taken, which stands as dead where a person sees it, and can replay it.
func (p progress) letGo(d *store.Document, n *next, v verdict) verdict {
	if f := d.File(n.step.file.File); f != nil {
		f.Dead, f.Problem = true, v.problem
	}
	note(&d.CRM, n.step.Name, noContent)
	return verdict{outcome: store.Done, gaveUp: true, problem: v.problem}
}

// withoutSignatures cuts the signatures off the files' addresses in a text, where they stand plain, in JSON or in a URL.
func withoutSignatures(files []session.Ready) func(string) string {
	var pairs []string
	for _, f := range files {
		_, query, signed := strings.Cut(f.Link, "?")
		if !signed || query == "" {
			continue
		}
		inJSON, _ := json.Marshal(query) // a string always has a JSON form
		for _, form := range []string{query, string(inJSON[1 : len(inJSON)-1]), url.QueryEscape(query), html.EscapeString(query)} {
			pairs = append(pairs, form, "[redacted]")
		}
	}
	return strings.NewReplacer(pairs...).Replace
}

// takeUpload notes a file that the CRM has taken. Where the answer does not tell its address, the file is there all the
// same. A new version has a comment of its own.
func (p progress) takeUpload(d *store.Document, n *next, a answer) verdict {
	k, r := &d.CRM, n.step.file
	id, url, err := crm.ReadAttachment(p.crm.Endpoints.Upload, p.vars(d, n.step), a.Answer)
	k.Files = slices.DeleteFunc(k.Files, func(f session.CRMFile) bool { return f.File == r.File })
	k.Files = append(k.Files, session.CRMFile{File: r.File, Kind: r.Kind, Name: r.Name, Type: r.Type, Size: max(r.Size, 0), ID: id, URL: url})
	delete(k.Done, commentPrefix+uploadPrefix+r.File)
	note(k, n.step.Name, markOf(r.Version, true))
	if err != nil {
		return verdict{outcome: store.Done, problem: "its address is not known: " + err.Error()}
	}
	return verdict{outcome: store.Done}
}
