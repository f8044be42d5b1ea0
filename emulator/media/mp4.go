package media

import "encoding/binary"

// mp4 has the boxes of an MP4 file (ISO/IEC 14496-12) with a movie of ten seconds that has no tracks, and media data up to
// the size, 64 KiB unless one is given. The name is in a box that players pass over.
func mp4(name string, _ [32]byte, size int64) *file {
	if size == 0 {
		size = 64 << 10
	}
	head := box("ftyp", []byte("isom"), be32(0x200), []byte("isomiso2mp41"))
	head = append(head, box("moov", movieHeader())...)
	head = append(head, box("free", []byte(name))...)
	data := max(size-int64(len(head)), 0)
	head = append(head, be32(uint32(data))...)
	return &file{"video/mp4", append(head, "mdat"...), make([]byte, 4<<10), size}
}

// movieHeader is the mvhd box, version 0 (section 8.2.2): 10,000 units of a thousandth of a second.
func movieHeader() []byte {
	fields := []uint32{
		0, 0, 0, 1000, 10_000, // version and flags, made, changed, units of a second, length
		0x10000, 0x1000000, 0, 0, // speed 1, volume 1, reserved
		0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000, // no rotation
		0, 0, 0, 0, 0, 0, 1, // reserved, the next track's number
	}
	var b []byte
	for _, f := range fields {
		b = append(b, be32(f)...)
	}
	return box("mvhd", b)
}

func box(kind string, parts ...[]byte) []byte {
	b := append(be32(0), kind...)
	for _, p := range parts {
		b = append(b, p...)
	}
	binary.BigEndian.PutUint32(b, uint32(len(b)))
	return b
}

func be32(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }
func le32(n uint32) []byte { return binary.LittleEndian.AppendUint32(nil, n) }

// sync32 is a number as ID3 writes it: seven bits a byte, so that none looks like the beginning of a frame.
func sync32(n int) []byte {
	return []byte{byte(n>>21) & 127, byte(n>>14) & 127, byte(n>>7) & 127, byte(n) & 127}
}
