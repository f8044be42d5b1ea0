package pack

import (
	"archive/zip"
	"bytes"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
)

// Every entry's attributes. Those of the tree would be others at each checkout.
const (
	entryMode    = 0o644    // the builder insists that it may write go.mod
	entryDate    = 1<<5 | 1 // 1 January 1980, the first day there is (PKWARE's APPNOTE.TXT, section 4.4.6)
	entryVersion = 20       // of the format that is needed to read it (section 4.4.3)
)

// zipped is the archive of the files, sorted by path. They are stored as they are: a compressor's output may change with the
// next Go, and every archive's name with it. An entry's sizes stand before it, not behind: not every reader of a stream finds
// the end of what is stored otherwise.
func zipped(all files) ([]byte, error) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		entry, err := w.CreateRaw(header(name, all[name]))
		if err != nil {
			return nil, fmt.Errorf("packing %s: %w", name, err)
		}
		if _, err := entry.Write(all[name]); err != nil {
			return nil, fmt.Errorf("packing %s: %w", name, err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("packing: %w", err)
	}
	return out.Bytes(), nil
}

func header(name string, content []byte) *zip.FileHeader {
	size := uint64(len(content))
	h := &zip.FileHeader{
		Name: name, Method: zip.Store, CreatorVersion: entryVersion, ReaderVersion: entryVersion,
		CRC32: crc32.ChecksumIEEE(content), CompressedSize64: size, UncompressedSize64: size,
	}
	h.SetMode(entryMode)
	//lint:ignore SA1019 CreateRaw writes no other time
	h.ModifiedDate = entryDate
	return h
}
