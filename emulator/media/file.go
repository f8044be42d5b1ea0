package media

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"math"
	"path"
)

// file is a head followed by a unit over and over, so that a size of gigabytes needs no memory. It is an io.ReaderAt.
type file struct {
	mimeType   string
	head, unit []byte
	size       int64
}

// newFile makes up the file of a name that names matches. A size of 0 is the one its kind has by itself.
func newFile(name string, size int64) (*file, error) {
	seed := sha256.Sum256([]byte(name))
	makers := map[string]func(name string, seed [32]byte, size int64) *file{
		".mp3": mp3, ".wav": wav, ".jpg": photo, ".png": photo, ".mp4": mp4,
	}
	f := makers[path.Ext(name)](name, seed, size)
	if f.size < int64(len(f.head)) {
		return nil, fmt.Errorf("size must be at least %d for this file", len(f.head))
	}
	return f, nil
}

// ReadAt implements io.ReaderAt.
func (f *file) ReadAt(p []byte, at int64) (n int, err error) {
	for n < len(p) && at < f.size {
		from := f.head
		start := at
		if at >= int64(len(f.head)) {
			from = f.unit
			start = (at - int64(len(f.head))) % int64(len(f.unit))
		}
		c := copy(p[n:], from[start:])
		c = int(min(int64(c), f.size-at))
		n += c
		at += int64(c)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// sum is the SHA-256 of the whole file.
func (f *file) sum() []byte {
	h := sha256.New()
	_, _ = io.Copy(h, io.NewSectionReader(f, 0, f.size)) // neither fails
	return h.Sum(nil)
}

// wav is a tone of its name's own pitch, two seconds unless a size is given: 16 bits, 8000 Hz, one channel
// (www.mmsp.ece.mcgill.ca/Documents/AudioFormats/WAVE/WAVE.html).
func wav(_ string, seed [32]byte, size int64) *file {
	const rate, headSize = 8000, 44
	if size == 0 {
		size = headSize + 2*rate*2
	}
	period := 16 + int(seed[0])%48 // samples: 125 to 500 Hz
	unit := make([]byte, 0, 2*period)
	for i := range period {
		sample := int16(8000 * math.Sin(2*math.Pi*float64(i)/float64(period)))
		unit = binary.LittleEndian.AppendUint16(unit, uint16(sample))
	}
	unit = bytes.Repeat(unit, 64) // long copies are quicker
	data := uint32(max(size-headSize, 0))
	head := append([]byte("RIFF"), le32(data+headSize-8)...)
	head = append(head, "WAVEfmt "...)
	head = append(head, le32(16)...)
	head = append(head, 1, 0, 1, 0) // PCM, one channel
	head = append(head, le32(rate)...)
	head = append(head, le32(rate*2)...)
	head = append(head, 2, 0, 16, 0) // bytes of all channels' samples, bits of one
	head = append(head, "data"...)
	return &file{"audio/wav", append(head, le32(data)...), unit, size}
}

// mp3 is an ID3 tag with the name as its title (id3.org/id3v2.4.0-structure) and silence, ten seconds unless a size is
// given: frames of MPEG 1 layer III, 32 kbit/s, 32 kHz, one channel, which have 144 bytes and last 36 ms. Its last frame is
// cut where the size says so, which players pass over.
func mp3(name string, _ [32]byte, size int64) *file {
	const frames = 278
	title := append([]byte{3}, name...) // in UTF-8
	frame := append([]byte("TIT2"), sync32(len(title))...)
	frame = append(append(frame, 0, 0), title...)
	head := append([]byte("ID3\x04\x00\x00"), sync32(len(frame))...)
	head = append(head, frame...)
	unit := make([]byte, 144)
	copy(unit, "\xff\xfb\x18\xc0")
	unit = bytes.Repeat(unit, frames)
	if size == 0 {
		size = int64(len(head) + len(unit))
	}
	return &file{"audio/mpeg", head, unit, size}
}

// photo is a gradient in the name's own colour. To get at a size, zeros follow the picture's end, which decoders pass
// over.
func photo(name string, seed [32]byte, size int64) *file {
	m := image.NewRGBA(image.Rect(0, 0, 160, 120))
	for y := range 120 {
		for x := range 160 {
			m.Set(x, y, color.RGBA{seed[0] + uint8(x/4), seed[1] + uint8(y/4), seed[2], 255})
		}
	}
	var b bytes.Buffer
	mimeType, err := "image/jpeg", error(nil)
	if path.Ext(name) == ".png" {
		mimeType, err = "image/png", png.Encode(&b, m)
	} else {
		err = jpeg.Encode(&b, m, nil)
	}
	if err != nil {
		panic(err) // a buffer takes everything
	}
	if size == 0 {
		size = int64(b.Len())
	}
	return &file{mimeType, b.Bytes(), make([]byte, 4<<10), size}
}
