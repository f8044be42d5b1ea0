package remote

import (
	"fmt"
	"mime"
	"strings"

	"github.com/gabriel-vasile/mimetype"

	"sessionbridge.internal/shared/session"
)

// HeadSize is how much of a file's beginning tells its type, in bytes.
const HeadSize = 4 << 10

// format is a type that is stored: its name and what file names end with.
type format struct{ mime, ext string }

// class is what a kind of files can be. The formats go by each name that a server or the content has for them.
type class struct {
	word    string // with its article
	prefix  string // of the declared types
	formats map[string]format
}

var (
	mp3  = format{"audio/mpeg", ".mp3"}
	wav  = format{"audio/wav", ".wav"}
	ogg  = format{"audio/ogg", ".ogg"}
	m4a  = format{"audio/mp4", ".m4a"}
	amr  = format{"audio/amr", ".amr"}
	flac = format{"audio/flac", ".flac"}
	aac  = format{"audio/aac", ".aac"}
	mp4  = format{"video/mp4", ".mp4"}
	mkv  = format{"video/matroska", ".mkv"}
	jpg  = format{"image/jpeg", ".jpg"}
	png  = format{"image/png", ".png"}
	heic = format{"image/heic", ".heic"}
	heif = format{"image/heif", ".heif"}
	ulaw = format{"audio/PCMU", ".ulaw"}
	alaw = format{"audio/PCMA", ".alaw"}
)

// MP4, WebM and 3GPP are containers of sound as well as of pictures, and their beginning does not say which is in them:
// in a recording they are taken for sound.
var audio = class{"an audio file", "audio/", map[string]format{
	"audio/mpeg": mp3, "audio/mp3": mp3, "audio/x-mp3": mp3, "audio/x-mpeg": mp3, "audio/mpeg3": mp3, "audio/x-mpeg-3": mp3,
	"audio/wav": wav, "audio/x-wav": wav, "audio/wave": wav, "audio/vnd.wave": wav, "audio/x-pn-wav": wav,
	"audio/ogg": ogg, "audio/opus": ogg, "application/ogg": ogg,
	"audio/mp4": m4a, "audio/m4a": m4a, "audio/x-m4a": m4a, "video/mp4": m4a,
	"audio/webm": {"audio/webm", ".webm"}, "video/webm": {"audio/webm", ".webm"},
	"audio/3gpp": {"audio/3gpp", ".3gp"}, "video/3gpp": {"audio/3gpp", ".3gp"},
	"audio/amr": amr, "audio/amr-nb": amr, "audio/amr-wb": amr,
	"audio/flac": flac, "audio/x-flac": flac,
	"audio/aac": aac, "audio/aacp": aac, "audio/x-aac": aac,
	"audio/basic": {"audio/basic", ".au"},
}}

var photo = class{"a photo", "image/", map[string]format{
	"image/jpeg": jpg, "image/jpg": jpg, "image/pjpeg": jpg,
	"image/png": png, "image/apng": png, "image/x-png": png,
	"image/gif": {"image/gif", ".gif"}, "image/webp": {"image/webp", ".webp"},
	"image/heic": heic, "image/heic-sequence": heic, "image/heif": heif, "image/heif-sequence": heif,
}}

var video = class{"a video", "video/", map[string]format{
	"video/mp4": mp4, "video/x-m4v": mp4,
	"video/quicktime": {"video/quicktime", ".mov"}, "video/webm": {"video/webm", ".webm"},
	"video/3gpp": {"video/3gpp", ".3gp"}, "video/3gpp2": {"video/3gpp2", ".3g2"},
	"video/matroska": mkv, "video/x-matroska": mkv,
}}

var classes = map[session.FileKind]class{
	session.Recording: audio, session.VoicemailFile: audio, session.Photo: photo, session.Video: video,
}

// raw are the telephone's own codes without any header, by the types that servers declare: audio/basic is G.711 µ-law
// (RFC 2046, section 4.3), the others are of RFC 3551, section 4.5.14, and what software calls them.
var raw = map[string]format{
	"audio/basic": ulaw, "audio/pcmu": ulaw, "audio/x-mulaw": ulaw, "audio/mulaw": ulaw,
	"audio/pcma": alaw, "audio/x-alaw": alaw, "audio/alaw": alaw,
}

// TypeOf is the MIME type of a file of the kind and the ending of its name, such as "audio/mpeg" and ".mp3", by its first
// HeadSize bytes. Where these could be anything, the Content-Type that its server declared counts, as long as it is of
// the right class. What the kind cannot be is ErrKind; no bytes at all are ErrEmpty.
func TypeOf(kind session.FileKind, head []byte, declared string) (mimeType, ext string, err error) {
	c, ok := classes[kind]
	if !ok {
		return "", "", fmt.Errorf("%w: %q is none", ErrKind, kind)
	}
	if len(head) == 0 {
		return "", "", ErrEmpty
	}
	found := mimetype.Detect(head)
	f, ok := c.formats[bare(found.String())]
	if !ok {
		f, ok = c.believed(found, bare(declared))
	}
	if !ok {
		return "", "", c.refusal(found, declared)
	}
	return f.mime, f.ext, nil
}

// believed is the format that a server declared, where the content does not say another. MP3 without its first header is
// such content. G.711 may pass for text, since its silence has no control characters.
func (c class) believed(found *mimetype.MIME, declared string) (format, bool) {
	undecided := found.Parent() == nil
	if f, ok := raw[declared]; ok && c.prefix == audio.prefix {
		return f, undecided || bare(found.String()) == "text/plain"
	}
	f, ok := c.formats[declared]
	return f, ok && undecided && strings.HasPrefix(declared, c.prefix)
}

// bare is a media type without its parameters, in lower case; empty where it cannot be read.
func bare(mediaType string) string {
	t, _, _ := mime.ParseMediaType(mediaType) // a broken parameter does not hide the type
	return t
}

func (c class) refusal(found *mimetype.MIME, declared string) error {
	what, hint := bare(found.String()), ""
	if found.Parent() == nil {
		what, hint = "content of no known type", "; the server declares no type"
		if declared != "" {
			hint = fmt.Sprintf("; the server declares it as %.100q", bare(declared))
		}
	}
	for m := found; m != nil; m = m.Parent() {
		if bare(m.String()) == "text/plain" {
			hint = ": the address has perhaps expired or needs a sign-in, or the server is down for maintenance"
		}
	}
	for m := found; m != nil; m = m.Parent() {
		if word, ok := words[bare(m.String())]; ok {
			what = word
			break
		}
	}
	return fmt.Errorf("%w: %s instead of %s%s", ErrKind, what, c.word, hint)
}

// words say what people know under no MIME type.
var words = map[string]string{
	"text/html": "an HTML page", "application/xhtml+xml": "an HTML page", "image/svg+xml": "an SVG drawing",
	"application/json": "a JSON document", "text/xml": "an XML document", "text/plain": "text",
	"application/pdf": "a PDF document", "application/zip": "a ZIP archive", "application/gzip": "a gzip archive",
	"application/x-7z-compressed": "a 7z archive", "application/x-tar": "a tar archive", "application/vnd.rar": "a RAR archive",
	"application/vnd.microsoft.portable-executable": "a program", "application/x-elf": "a program",
	"application/x-mach-binary": "a program",
}
