package flow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"sessionbridge.internal/shared/crm"
	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/outbound"
	"sessionbridge.internal/shared/store"
)

// An upload in two requests: the CRM's own, which announces the file, and a form with the file to where its answer says,
// without the CRM's sign-in. Only the comment that names the attachment makes it part of the record, so nothing is doubled
// by beginning anew with the first, and that is what follows what may pass: an announcement whose answer was lost is one
// that nobody refers to, a file whose answer was lost may be refused a second time, and an address is good for minutes. A
// file that does not get there within a day, or is refused for what it is, is let go, and the session goes on.
// That is why neither request is kept, and an idempotency key is not sent: it would bring the old address back.

// carries says whether the step's one request has a file in it.
func (s Step) carries() bool { return s.uploads() && !s.presigned }

// perform does what a step is for: mostly one request, and for an upload to an address that is asked for, two.
func (u *run) perform(ctx context.Context, n *next, doc *store.Document) answer {
	if !n.step.presigned {
		return u.send(ctx, n, doc)
	}
	ctx, cancel := context.WithTimeout(ctx, uploadTime)
	defer cancel()
	src, done, err := u.content(ctx, doc, n.step.file.File)
	if err != nil {
		return answer{err: err, refused: true}
	}
	defer done()
	if n.step.file.Size, err = sizeOf(ctx, src); err != nil {
		return answer{err: err, refused: true}
	}
	n.step.file.Type = cmp.Or(src.Type, n.step.file.Type)
	f := fileOf(n.step.file, "")
	f.Data = func() (io.ReadCloser, error) { return src.Open(ctx, 0) }
	v := crm.VarsOf(u.crm, doc.Session, doc.CRM)
	r, ok, err := crm.BuildPresigned(u.crm.Endpoints.Upload, v, f)
	if err == nil && !ok {
		err = errUnknown
	}
	if err != nil {
		return answer{err: err, refused: true}
	}
	n.sent.Method, n.sent.URL, n.sent.Body = r.Method, r.URL, string(r.Body) // its size may not have been known
	a := u.send(ctx, n, doc)
	if judge(u.crm, n.step, a).outcome != store.Done {
		return a
	}
	return u.place(ctx, v, f, a)
}

// sizeOf is how long a file is. Where nobody says, it is read to its end to be counted: it must be announced, and the place
// of the file takes none of which it does not know.
func sizeOf(ctx context.Context, src files.Source) (int64, error) {
	if src.Size >= 0 {
		return src.Size, nil
	}
	content, err := src.Open(ctx, 0)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(io.Discard, content)
	if err = errors.Join(err, content.Close()); err != nil {
		return 0, fmt.Errorf("counting the file's bytes: %w", err)
	}
	return n, nil
}

// place sends the file where the CRM's answer says. A good end has the CRM's own answer, and any other what follows from it.
func (u *run) place(ctx context.Context, v crm.Vars, f crm.File, announced answer) answer {
	failed := func(status int, v verdict) answer {
		return answer{Answer: crm.Answer{Status: status}, next: announced.next, took: announced.took, err: misplaced{v}}
	}
	r, err := crm.ReadPresigned(u.crm.Endpoints.Upload, v, announced.Answer, f)
	if err != nil {
		return failed(announced.Status, verdict{outcome: store.Dead, known: true, problem: err.Error()})
	}
	req, err := r.HTTP(ctx)
	if err != nil {
		return answer{err: err, refused: true}
	}
	began := u.Clock()
	resp, err := u.Client.Do(ctx, req, outbound.Limits{Timeout: uploadTime, MaxBody: maxRefusal})
	announced.took += u.Clock().Sub(began)
	switch {
	case resp == nil:
		return failed(0, verdict{outcome: store.Waiting, known: true, lacking: true, problem: "the file did not get where the CRM said, and the upload begins anew: " + err.Error()})
	case resp.Status >= 200 && resp.Status <= 299 && crm.WebPage(crm.Answer{Status: resp.Status, Header: resp.Header, Body: resp.Body, Truncated: resp.Truncated}):
		return failed(resp.Status, verdict{outcome: store.Waiting, known: true, lacking: true, problem: "where the CRM said, the file was answered with a web page, and the upload begins anew"})
	case resp.Status >= 200 && resp.Status <= 299:
		return announced
	}
	problem := fmt.Sprintf("where the CRM said, the file was answered with %d %s%s", resp.Status, http.StatusText(resp.Status), codeOf(resp.Body))
	if beginsAnew(resp.Status) {
		return failed(resp.Status, verdict{outcome: store.Waiting, known: true, lacking: true, problem: problem + ", and the upload begins anew"})
	}
	return failed(resp.Status, verdict{outcome: store.Dead, known: true, unfit: true, problem: problem})
}

// beginsAnew says whether a refusal of the file is of the address, which has expired, or of the moment, and not of the file.
func beginsAnew(status int) bool {
	switch status {
	case http.StatusForbidden, http.StatusRequestTimeout, http.StatusTooManyRequests:
		return true
	}
	return status >= 500
}

// misplaced is why a file did not get where the CRM said, and what follows from it.
type misplaced struct{ verdict }

func (m misplaced) Error() string { return m.problem }

// maxRefusal bounds what is read of a refusal, of which only its code is kept.
const maxRefusal = 64 << 10

// codeOf is the code of a refusal as Amazon S3 and services like it write them, <Code>AccessDenied</Code>
// (docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html), after a blank; empty where there is none. Of all else that
// stands there nothing is told: it may repeat the form's signature.
func codeOf(body []byte) string {
	_, rest, _ := strings.Cut(string(body), "<Code>")
	code, _, _ := strings.Cut(rest, "</Code>")
	noLetter := func(c rune) bool { return (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') }
	if code == "" || len(code) > 64 || strings.ContainsFunc(code, noLetter) {
		return ""
	}
	return " (" + code + ")"
}

// notKept stands in deliveries for the answer to an announcement.
const notKept = "[not kept: where the file goes, and the fields of its form, are credentials]"

// kept is what a delivery keeps of an answer: of a good one to an announcement nothing.
func kept(s Step, a answer, v verdict) string {
	if s.presigned && (v.outcome == store.Done || a.Status < 400) && len(a.Body) > 0 {
		return notKept
	}
	return string(a.Body)
}
