package media_test

import (
	"bytes"
	"errors"
	"io"
	"net/http/httptest"
	"testing"
	"time"

	"sessionbridge.internal/emulator/clock"
	"sessionbridge.internal/emulator/media"
	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/files/remote"
	"sessionbridge.internal/shared/outbound"
	"sessionbridge.internal/shared/session"
)

// What is served is what the product takes for a recording, a photo, a video, and can be read from any byte.
func TestFetchedAsTheProductDoes(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(media.Handler(clock.Frozen(now)))
	t.Cleanup(s.Close)
	host := s.Listener.Addr().String()
	client, err := outbound.New(outbound.Options{Allow: []string{host}, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	o := remote.Options{Client: client, Hosts: []string{host}}
	for _, row := range []struct {
		kind      session.FileKind
		url, mime string
		err       error
	}{
		{session.Recording, "/recordings/call-1.mp3", "audio/mpeg", nil},
		{session.Recording, "/recordings/call-1.wav?redirect=5", "audio/wav", nil},
		{session.VoicemailFile, "/voicemails/1.mp3?size=300000", "audio/mpeg", nil},
		{session.Recording, "/recordings/call-1.wav?cap=1000", "audio/wav", nil},
		{session.Photo, "/photos/1.jpg", "image/jpeg", nil},
		{session.Photo, "/photos/1.png", "image/png", nil},
		{session.Video, "/videos/1.mp4", "video/mp4", nil},
		{session.Recording, "/recordings/call-1.mp3?expires=1", "", remote.ErrDenied},
		{session.Recording, "/recordings/call-1.mp3?html=1", "", remote.ErrKind},
		{session.Recording, "/recordings/call-1.ogg", "", remote.ErrGone},
		{session.Recording, "/photos/1.jpg", "", remote.ErrKind},
	} {
		t.Run(row.url, func(t *testing.T) {
			t.Parallel()
			src, err := remote.Open(t.Context(), o, s.URL+row.url, row.kind)
			if !errors.Is(err, row.err) || src.Type != row.mime {
				t.Fatalf("%q, %v; want %q, %v", src.Type, err, row.mime, row.err)
			}
			if row.err != nil {
				return
			}
			all := read(t, src, 0)
			if half := read(t, src, src.Size/2); !bytes.Equal(half, all[src.Size/2:]) || src.Version == "" {
				t.Errorf("%d of %d bytes, version %q", len(half), len(all), src.Version)
			}
		})
	}
}

// Of a file that has changed between two answers, the second is not taken for the rest of the first.
func TestFickleServerIsNotBelieved(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(media.Handler(clock.Frozen(now)))
	t.Cleanup(s.Close)
	host := s.Listener.Addr().String()
	client, err := outbound.New(outbound.Options{Allow: []string{host}, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	src, err := remote.Open(t.Context(), remote.Options{Client: client, Hosts: []string{host}}, s.URL+"/recordings/1.wav?fickle=1", session.Recording)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := src.Open(t.Context(), 5000); !errors.Is(err, files.ErrSourceChanged) {
		t.Errorf("from byte 5000: %v, want ErrSourceChanged", err)
	}
	if all := read(t, src, 0); bytes.Equal(all[5000:], content(t, "/recordings/1.wav?fickle=1", "Range", "bytes=5000-", "If-Range", `"1"`)) {
		t.Error("what comes in part is the same file: nothing was tried")
	}
}

func read(t *testing.T, src files.Source, from int64) []byte {
	t.Helper()
	r, err := src.Open(t.Context(), from)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
