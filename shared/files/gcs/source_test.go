package gcs_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	gstorage "cloud.google.com/go/storage"
	"google.golang.org/api/option"

	"sessionbridge.internal/emulator/storage"
	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/files/gcs"
)

func readFrom(t *testing.T, src files.Source, offset int64) (string, error) {
	t.Helper()
	r, err := src.Open(t.Context(), offset)
	if err != nil {
		return "", err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	return string(b), err
}

func TestSourceIsWhatWasStored(t *testing.T) {
	t.Parallel()
	w := newLocal(t, storage.Options{})
	for _, content := range []string{"", "hello", large[:mib]} {
		o, err := w.store.Put(t.Context(), path, tags, text(content))
		if err != nil {
			t.Fatal(err)
		}
		src, err := w.store.Source(t.Context(), path)
		if err != nil || src.Size != o.Size || src.Type != "application/json" || src.Version == "" {
			t.Fatalf("%+v, %v; want %d bytes of JSON with a version", src, err, o.Size)
		}
		size := int64(len(content))
		for _, offset := range []int64{0, size / 2, max(size-1, 0), size} {
			if got, err := readFrom(t, src, offset); err != nil || got != content[offset:] {
				t.Errorf("from %d: %d bytes, %v, want %d", offset, len(got), err, size-offset)
			}
		}
		for _, offset := range []int64{-1, size + 1} {
			if _, err := readFrom(t, src, offset); err == nil || !strings.Contains(err.Error(), "offset") {
				t.Errorf("from %d: %v, want an error about the offset", offset, err)
			}
		}
	}
}

func TestSourceOutlastsABrokenDownload(t *testing.T) {
	t.Parallel()
	w := newLocal(t, storage.Options{})
	if _, err := w.store.Put(t.Context(), path, tags, text(large[:3*mib])); err != nil {
		t.Fatal(err)
	}
	w.plan(`{"storage":[{"match":"GET","status":503},{"match":"GET","mode":"reset","after":true,"bytes":50},
		{"match":"GET","mode":"delay","delay":"1ms"},{"match":"GET","mode":"reset","after":true,"bytes":1000000},
		{"match":"GET","mode":"reset","after":true,"bytes":2000000},{"match":"GET","status":503}]}`)
	src, err := w.store.Source(t.Context(), path)
	for errors.Is(err, io.ErrUnexpectedEOF) || err != nil && strings.Contains(err.Error(), "reset") {
		src, err = w.store.Source(t.Context(), path) // an answer that broke off: the next attempt's affair
	}
	if err != nil {
		t.Fatal(err)
	}
	if got, err := readFrom(t, src, 0); err != nil || got != large[:3*mib] {
		t.Errorf("%d bytes, %v, want all %d", len(got), err, 3*mib)
	}
	if left := w.faults.Left(); len(left) != 0 {
		t.Errorf("faults that did not happen: %v", left)
	}
}

func TestSourceIsOneContentForGood(t *testing.T) {
	t.Parallel()
	w := newLocal(t, storage.Options{})
	_, err := w.store.Source(t.Context(), path)
	wantError(t, err, gcs.ErrNotExist)
	if _, err := w.store.Put(t.Context(), path, tags, text("first")); err != nil {
		t.Fatal(err)
	}
	first, err := w.store.Source(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.store.Put(t.Context(), path, tags, text("other")); err != nil {
		t.Fatal(err)
	}
	_, err = readFrom(t, first, 0)
	wantError(t, err, files.ErrSourceChanged)
	other, err := w.store.Source(t.Context(), path)
	if err != nil || other.Version == first.Version {
		t.Errorf("%+v, %v; want another version than %q", other, err, first.Version)
	}
	if err := w.object().Delete(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err = readFrom(t, other, 0)
	wantError(t, err, gcs.ErrNotExist)
}

func TestSourceOfPackedContentIsRefused(t *testing.T) {
	t.Parallel()
	w := newLocal(t, storage.Options{})
	if _, err := w.store.Put(t.Context(), path, tags, text("hello")); err != nil {
		t.Fatal(err)
	}
	if _, err := w.object().Update(t.Context(), gstorage.ObjectAttrsToUpdate{ContentEncoding: "gzip"}); err != nil {
		t.Fatal(err)
	}
	if src, err := w.store.Source(t.Context(), path); err == nil || !strings.Contains(err.Error(), "gzip") {
		t.Errorf("%+v, %v; want an error that names the encoding", src, err)
	}
}

// object is what somebody else would do things to.
func (w *local) object() *gstorage.ObjectHandle {
	w.Helper()
	client, err := gstorage.NewClient(context.Background(), option.WithoutAuthentication(), option.WithEndpoint("http://"+w.addr+"/storage/v1/"))
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = client.Close() })
	return client.Bucket(bucket).Object(path)
}

// TestSourceOfOneStoreIsPutIntoAnother also when the first one's answers would be the second one's business.
func TestSourceOfOneStoreIsPutIntoAnother(t *testing.T) {
	t.Parallel()
	from, to := newLocal(t, storage.Options{}), newLocal(t, storage.Options{})
	if _, err := from.store.Put(t.Context(), path, tags, text(large[:3*mib])); err != nil {
		t.Fatal(err)
	}
	src, err := from.store.Source(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	from.plan(`{"storage":[{"status":403}]}`)
	if _, err := to.store.Put(t.Context(), path, tags, src); err == nil || !errors.Is(err, gcs.ErrDenied) || !strings.Contains(err.Error(), "read the source") {
		t.Errorf("%v, want it to say that the source cannot be read", err)
	}
	from.plan(`{"storage":[{"status":412}]}`)
	if _, err := to.store.Put(t.Context(), path, tags, src); err == nil || errors.Is(err, gcs.ErrChanged) {
		t.Errorf("%v, want the source's error, not that the object has changed", err)
	}
	to.wantNothing()
	for _, already := range []bool{false, true} {
		if o, err := to.store.Put(t.Context(), path, tags, src); err != nil || o.Already != already {
			t.Errorf("%+v, %v; want already: %v", o, err, already)
		}
	}
	to.wantContent(large[:3*mib])
}
