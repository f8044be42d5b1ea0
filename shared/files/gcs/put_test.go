package gcs_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"sessionbridge.internal/emulator/storage"
	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/files/gcs"
)

func TestPutOutlastsFaults(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		faults  string
		content string
		already bool // the answer was lost, the work was not
	}{
		"cut at the first byte":                {`{"mode":"reset","bytes":1}`, "small", false},
		"cut in the middle of a small one":     {`{"mode":"reset","bytes":400}`, strings.Repeat("x", 1000), false},
		"cut after the last byte":              {`{"mode":"reset"}`, "small", false},
		"answer lost":                          {`{"mode":"reset","after":true}`, "small", true},
		"answered with 503, done all the same": {`{"status":503,"after":true}`, "small", true},
		"answered with 503 three times":        {`{"status":503,"times":3}`, "small", false},
		"told to slow down":                    {`{"status":429,"times":2}`, "small", false},
		"large: session not opened":            {`{"status":503}`, large, false},
		"large: cut in its first chunk":        {`{"mode":"delay","delay":"1ms"},{"mode":"reset","bytes":4000000}`, large, false},
		"large: cut in its second chunk":       {`{"mode":"delay","delay":"1ms","times":2},{"mode":"reset","bytes":500000}`, large, false},
		"large: first chunk's answer lost":     {`{"mode":"delay","delay":"1ms"},{"mode":"reset","after":true}`, large, false},
		"large: last chunk's answer lost":      {`{"mode":"delay","delay":"1ms","times":2},{"mode":"reset","after":true}`, large, false},
		"large: last chunk answered with 503":  {`{"mode":"delay","delay":"1ms","times":2},{"status":503,"after":true}`, large, false},
		"large: every request is cut once":     {`{"mode":"reset","bytes":10},{"mode":"delay","delay":"1ms"},{"mode":"reset","bytes":100000},{"mode":"delay","delay":"1ms"},{"mode":"reset","bytes":100000}`, large, false},
	} {
		for _, sizeKnown := range []bool{true, false} {
			if sizeKnown && len(row.content) > mib {
				continue // a known size would be sent the same way
			}
			t.Run(name+map[bool]string{true: "", false: ", size unknown"}[sizeKnown], func(t *testing.T) {
				t.Parallel()
				w := newLocal(t, storage.Options{})
				w.plan(`{"storage":[` + strings.ReplaceAll(row.faults, `"mode"`, `"match":"/upload/","mode"`) + `]}`)
				o, err := w.store.Put(patient(t), path, tags, count(row.content, "", sizeKnown).Source)
				if err != nil || o.Already != row.already || o.Size != int64(len(row.content)) || o.Generation == 0 {
					t.Errorf("%+v, %v; want it stored, already: %v", o, err, row.already)
				}
				w.wantContent(row.content)
				if left := w.faults.Left(); len(left) != 0 {
					t.Errorf("faults that did not happen: %v", left)
				}
			})
		}
	}
}

// TestPutAfterAnAnswerThatBrokeOff: the client does not ask again when it has the beginning of an answer. The delivery's
// next attempt does.
func TestPutAfterAnAnswerThatBrokeOff(t *testing.T) {
	t.Parallel()
	w := newLocal(t, storage.Options{})
	w.plan(`{"storage":[{"mode":"reset","after":true,"bytes":20}]}`)
	if o, err := w.store.Put(t.Context(), path, tags, text("hello")); err == nil {
		t.Errorf("%+v, want the connection's error", o)
	}
	if o, err := w.store.Put(t.Context(), path, tags, text("hello")); err != nil || !o.Already {
		t.Errorf("%+v, %v; want it there already", o, err)
	}
}

func TestPutOfABrokenSourceLeavesNothing(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		source files.Source
		want   error
	}{
		"broken at once":                {breakAfter("hello", 0, errBroken), errBroken},
		"broken in the middle":          {breakAfter("hello", 3, errBroken), errBroken},
		"broken after the last byte":    {breakAfter("hello", 5, errBroken), errBroken},
		"broken in a first chunk":       {breakAfter(large, mib, errBroken), errBroken},
		"broken at a chunk's end":       {breakAfter(large, 8*mib, errBroken), errBroken},
		"broken in a later chunk":       {breakAfter(large, 8*mib+1000, errBroken), errBroken},
		"changed in the middle":         {breakAfter(large, 8*mib+1000, files.ErrSourceChanged), files.ErrSourceChanged},
		"ends too early":                {breakAfter("hello", 3, io.EOF), io.ErrUnexpectedEOF},
		"ends too early, large":         {breakAfter(large, 8*mib+1000, io.EOF), io.ErrUnexpectedEOF},
		"goes on after what it said":    {sized(text("hello world"), 5), files.ErrSourceChanged},
		"goes on, large":                {sized(text(large), 8*mib+1000), files.ErrSourceChanged},
		"cannot be opened":              {unopened(errBroken), errBroken},
		"has changed":                   {unopened(files.ErrSourceChanged), files.ErrSourceChanged},
		"broken, of unknown size":       {sized(breakAfter("hello", 3, errBroken), -1), errBroken},
		"broken, large and unknown":     {sized(breakAfter(large, 8*mib+1000, errBroken), -1), errBroken},
		"broken where a chunk is full ": {sized(breakAfter(large, 8*mib, errBroken), -1), errBroken},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newLocal(t, storage.Options{})
			_, err := w.store.Put(t.Context(), path, tags, row.source)
			wantError(t, err, row.want)
			w.wantNothing()
			if o, err := w.store.Put(t.Context(), path, tags, text("whole")); err != nil || o.Already {
				t.Errorf("%+v, %v; want the next attempt to create it", o, err)
			}
		})
	}
}

func sized(src files.Source, size int64) files.Source {
	src.Size = size
	return src
}

func unopened(err error) files.Source {
	return files.Source{Size: 5, Open: func(context.Context, int64) (io.ReadCloser, error) { return nil, err }}
}

// TestPutOfAStalledSourceEndsWithItsContext has a source that says nothing any more, so that the upload is open.
func TestPutOfAStalledSourceEndsWithItsContext(t *testing.T) {
	t.Parallel()
	w := newLocal(t, storage.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	src := sized(text(""), -1)
	src.Open = func(ctx context.Context, _ int64) (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader(large), stalled{ctx, cancel})), nil
	}
	_, err := w.store.Put(ctx, path, tags, src)
	wantError(t, err, context.Canceled)
	w.wantNothing()
}

// stalled says when it is read, then waits for its context.
type stalled struct {
	context.Context
	reached func()
}

func (s stalled) Read([]byte) (int, error) {
	s.reached()
	<-s.Done()
	return 0, s.Err()
}

func TestPutKnowsItsSourceByVersion(t *testing.T) {
	t.Parallel()
	const small, other = "the same bytes", "not these ones"
	for name, row := range map[string]struct {
		second  *counted
		opened  int32 // the second time: once for what is sent until the refusal, once more to compare or to replace
		already bool
		stored  string
	}{
		"same version, not compared":    {count(small, `"etag-1" 14`, true), 1, true, small},
		"same version, size unknown":    {count(small, `"etag-1" 14`, false), 1, true, small},
		"other version, same bytes":     {count(small, `"etag-2" 14`, true), 2, true, small},
		"no version, same bytes":        {count(small, "", true), 2, true, small},
		"other bytes, size unknown":     {count(large, `"etag-2" 9`, false), 3, false, large},
		"other version, other bytes":    {count(other, `"etag-2" 14`, true), 3, false, other},
		"other size, not even compared": {count("hello", `"etag-2" 5`, true), 2, false, "hello"},
		"same version, another size":    {count("hello", `"etag-1" 9`, true), 2, false, "hello"},
		"a version too long to be kept": {count(small, strings.Repeat("v", 2000), true), 2, true, small},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newLocal(t, storage.Options{})
			first, err := w.store.Put(t.Context(), path, tags, count(small, `"etag-1" 14`, true).Source)
			if err != nil {
				t.Fatal(err)
			}
			o, err := w.store.Put(t.Context(), path, tags, row.second.Source)
			if err != nil || o.Already != row.already || row.already != (o.Generation == first.Generation) {
				t.Errorf("%+v, %v; want already: %v", o, err, row.already)
			}
			if n := row.second.opened.Load(); n != row.opened {
				t.Errorf("the source was opened %d times, want %d", n, row.opened)
			}
			w.wantContent(row.stored)
		})
	}
}

func TestPutEncryptsWithTheKeyItIsTold(t *testing.T) {
	t.Parallel()
	w := newLocal(t, storage.Options{})
	const key = "projects/p/locations/europe-west3/keyRings/r/cryptoKeys/k"
	var asked atomic.Value
	srv := w.proxy(func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
		asked.Store(r.URL.Query().Get("kmsKeyName"))
		next.ServeHTTP(rw, r)
	})
	if _, err := w.storeAt(srv, gcs.Options{KMSKey: key}).Put(t.Context(), path, tags, text("hello")); err != nil {
		t.Fatal(err)
	}
	if asked.Load() != key {
		t.Errorf("the service was asked for the key %q", asked.Load())
	}
}
