package remote_test

import (
	"bytes"
	"errors"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"strings"
	"testing"

	"sessionbridge.internal/shared/files/remote"
	"sessionbridge.internal/shared/session"
)

// The beginnings of files.
var (
	id3      = "ID3\x04\x00\x00\x00\x00\x00\x0a" + strings.Repeat("\x00", 10) + frames
	frames   = strings.Repeat("\xff\xfb\x18\xc0"+strings.Repeat("\x00", 140), 20)
	garbled  = "\x00\x01\x02\x03\x04" + strings.Repeat("\x11\x92\xe3\x04", 100)
	riff     = "RIFF\x24\x00\x00\x00WAVEfmt \x12\x00\x00\x00\x07\x00\x01\x00\x40\x1f\x00\x00\x40\x1f\x00\x00\x01\x00\x08\x00\x00\x00data"
	webm     = "\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82\x84webm\x42\x87\x81\x04"
	matroska = "\x1a\x45\xdf\xa3\xa3\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82\x88matroska"
	opus     = "OggS\x00\x02" + strings.Repeat("\x00", 22) + "OpusHead\x01\x01\x38\x01\x40\x1f\x00\x00\x00\x00\x00"
	silence  = strings.Repeat("\xff\x7f\xfe\x7e", 500) // G.711 µ-law
	quiet    = strings.Repeat("\x55\xd5", 500)         // G.711 A-law
	page     = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>"
)

// box is the beginning of an ISO media file of a brand.
func box(brand string) string {
	return "\x00\x00\x00\x14ftyp" + brand + "\x00\x00\x02\x00" + brand + "\x00\x00\x00\x08free"
}

// drawn is a picture as an encoder of image/* writes it.
func drawn(t *testing.T, encode func(io.Writer, image.Image) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func asJPEG(w io.Writer, m image.Image) error { return jpeg.Encode(w, m, nil) }
func asGIF(w io.Writer, m image.Image) error  { return gif.Encode(w, m, nil) }

func TestTypeOf(t *testing.T) {
	t.Parallel()
	const rec, mail, photo, video = session.Recording, session.VoicemailFile, session.Photo, session.Video
	for _, row := range []struct {
		name, head, declared string
		kind                 session.FileKind
		mime, ext            string
	}{
		{"MP3 with a tag", id3, "audio/mpeg", rec, "audio/mpeg", ".mp3"},
		{"MP3 without a tag", frames, "", mail, "audio/mpeg", ".mp3"},
		{"MP3 that is declared as something else", id3, "text/html; charset=utf-8", rec, "audio/mpeg", ".mp3"},
		{"MP3 with a broken declaration", id3, "audio/mpeg; =", rec, "audio/mpeg", ".mp3"},
		{"MP3 that does not begin with a frame is believed", garbled, "audio/mp3", rec, "audio/mpeg", ".mp3"},
		{"WAV with µ-law", riff, "application/octet-stream", rec, "audio/wav", ".wav"},
		{"WAV over 4 GiB, RF64, is believed", "RF64\xff\xff\xff\xffWAVEds64\x00", "audio/x-wav", rec, "audio/wav", ".wav"},
		{"µ-law without header", garbled, "audio/basic", rec, "audio/PCMU", ".ulaw"},
		{"µ-law silence, which looks like text", silence, "audio/PCMU; rate=8000", rec, "audio/PCMU", ".ulaw"},
		{"A-law silence, which looks like text", quiet, "audio/x-alaw", mail, "audio/PCMA", ".alaw"},
		{"Sun audio", ".snd\x00\x00\x00\x18\x00\x00\x00\x00\x00\x00\x00\x01", "audio/basic", rec, "audio/basic", ".au"},
		{"Opus", opus, "", rec, "audio/ogg", ".ogg"},
		{"M4A", box("M4A "), "", rec, "audio/mp4", ".m4a"},
		{"MP4 is sound in a recording", box("isom"), "video/mp4", rec, "audio/mp4", ".m4a"},
		{"WebM is sound in a recording", webm, "audio/webm", rec, "audio/webm", ".webm"},
		{"AMR", "#!AMR\n\x3c\x00", "", rec, "audio/amr", ".amr"},
		{"FLAC", "fLaC\x00\x00\x00\x22\x10\x00", "", rec, "audio/flac", ".flac"},
		{"AAC", "\xff\xf1\x50\x80\x00\x1f\xfc", "", rec, "audio/aac", ".aac"},
		{"JPEG", drawn(t, asJPEG), "image/png", photo, "image/jpeg", ".jpg"},
		{"PNG", drawn(t, png.Encode), "", photo, "image/png", ".png"},
		{"GIF", drawn(t, asGIF), "", photo, "image/gif", ".gif"},
		{"WebP", "RIFF\x24\x00\x00\x00WEBPVP8 ", "", photo, "image/webp", ".webp"},
		{"HEIC", box("heic"), "", photo, "image/heic", ".heic"},
		{"HEIF", box("mif1"), "", photo, "image/heif", ".heif"},
		{"MP4", box("mp42"), "", video, "video/mp4", ".mp4"},
		{"QuickTime", box("qt  "), "", video, "video/quicktime", ".mov"},
		{"WebM", webm, "", video, "video/webm", ".webm"},
		{"Matroska", matroska, "", video, "video/matroska", ".mkv"},
		{"3GPP", box("3gp4"), "", video, "video/3gpp", ".3gp"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			mime, ext, err := remote.TypeOf(row.kind, []byte(row.head), row.declared)
			if err != nil || mime != row.mime || ext != row.ext {
				t.Errorf("%q, %q, %v; want %q, %q", mime, ext, err, row.mime, row.ext)
			}
			if got := remote.Ending(mime); got != row.ext {
				t.Errorf("Ending(%q) = %q, want %q", mime, got, row.ext)
			}
		})
	}
	if got := remote.Ending("text/html"); got != "" {
		t.Errorf("HTML is stored as %q", got)
	}
}

func TestTypeOfRefuses(t *testing.T) {
	t.Parallel()
	const rec, photo, video = session.Recording, session.Photo, session.Video
	for _, row := range []struct {
		name, head, declared string
		kind                 session.FileKind
		say                  string
	}{
		{"HTML", page, "audio/mpeg", rec, "an HTML page instead of an audio file: the address has perhaps expired or needs a sign-in"},
		{"XHTML", `<?xml version="1.0"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"></html>`, "", video, "an HTML page instead of a video"},
		{"XML", `<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>`, "audio/mpeg", rec, "an XML document"},
		{"JSON", `{"error":"expired"}`, "audio/mpeg", rec, "a JSON document"},
		{"text", "No such file", "audio/mpeg", rec, "text instead"},
		{"HTML although declared as µ-law", page, "audio/basic", rec, "an HTML page"},
		{"text although declared as a photo", "hello", "image/jpeg", photo, "text instead of a photo"},
		{"text declared as µ-law, for a photo", "hello", "audio/basic", photo, "text instead of a photo"},
		{"SVG", `<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`, "image/svg+xml", photo, "an SVG drawing instead of a photo"},
		{"HTML declared as a photo", page, "image/png", photo, "an HTML page"},
		{"ZIP", "PK\x03\x04\x14\x00\x00\x00\x08\x00", "audio/mpeg", rec, "a ZIP archive"},
		{"gzip", "\x1f\x8b\x08\x00\x00\x00\x00\x00", "audio/mpeg", rec, "a gzip archive"},
		{"a Word document", "PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00" + strings.Repeat("\x00", 12) + "\x08\x00\x00\x00word/doc", "", rec, "a ZIP archive"},
		{"a program", "MZ\x90\x00\x03\x00\x00\x00", "audio/mpeg", rec, "a program"},
		{"another program", "\x7fELF\x02\x01\x01\x00", "audio/mpeg", rec, "a program"},
		{"PDF", "%PDF-1.7\n", "", photo, "a PDF document"},
		{"a photo for a recording", drawn(t, png.Encode), "audio/mpeg", rec, "image/png instead of an audio file"},
		{"sound for a video", id3, "video/mp4", video, "audio/mpeg instead of a video"},
		{"a video for a photo", box("isom"), "image/heic", photo, "video/mp4 instead of a photo"},
		{"anything, undeclared", garbled, "", rec, "no known type instead of an audio file; the server declares no type"},
		{"anything, declared as anything", garbled, "application/octet-stream", rec, `declares it as "application/octet-stream"`},
		{"anything, declared as another class", garbled, "video/mp4", rec, `declares it as "video/mp4"`},
		{"a kind that is none", id3, "audio/mpeg", "fax", `"fax"`},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			mime, _, err := remote.TypeOf(row.kind, []byte(row.head), row.declared)
			if !errors.Is(err, remote.ErrKind) || !strings.Contains(err.Error(), row.say) {
				t.Errorf("%q, %v; want an error with %q", mime, err, row.say)
			}
		})
	}
}

func TestTypeOfNothing(t *testing.T) {
	t.Parallel()
	if _, _, err := remote.TypeOf(session.Recording, nil, "audio/mpeg"); !errors.Is(err, remote.ErrEmpty) || !remote.Passing(err) {
		t.Errorf("error %v", err)
	}
}

// FuzzTypeOf holds that a type that is stored is never one that a browser would run.
func FuzzTypeOf(f *testing.F) {
	f.Add([]byte(page), "image/png")
	f.Add([]byte(id3), "audio/mpeg")
	f.Fuzz(func(t *testing.T, head []byte, declared string) {
		for _, kind := range []session.FileKind{session.Recording, session.Photo, session.Video} {
			mime, ext, err := remote.TypeOf(kind, head, declared)
			if err == nil && (remote.Ending(mime) != ext || ext == "" || strings.Contains(mime, "svg") || strings.HasPrefix(mime, "text/")) {
				t.Errorf("%s is stored as %q, %q", kind, mime, ext)
			}
		}
	})
}
