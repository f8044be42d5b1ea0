package sftp

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"sync"
	"time"
)

// FileInfo is what people are shown of a file.
type FileInfo struct {
	Path    string    `json:"path"` // from the folder of the server, without a slash before it
	Size    int64     `json:"size"` // bytes
	SHA256  string    `json:"sha256"`
	ModTime time.Time `json:"modified"`
}

// Files lists all files by path, hidden and unfinished ones too. What changes meanwhile may be missing.
func (s *Server) Files() []FileInfo {
	infos := []FileInfo{}
	_ = fs.WalkDir(s.root.FS(), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return nil // gone since, or no file
		}
		if info, err := entry.Info(); err == nil {
			if sum, err := s.sum(path, info); err == nil {
				infos = append(infos, FileInfo{path, info.Size(), sum, info.ModTime().UTC()})
			}
		}
		return nil
	})
	return infos
}

// OpenFile returns the content of one file, to be closed, or an error that is fs.ErrNotExist where there is none.
func (s *Server) OpenFile(path string) (io.ReadCloser, error) {
	f, err := s.root.Open(local(path))
	if err != nil {
		return nil, fmt.Errorf("sftp: %w", err)
	}
	return f, nil
}

// sums are the hashes of files that have not changed since, by path: nobody wants to wait for gigabytes at each look.
type sums struct {
	mu    sync.Mutex
	known map[string]known
}

type known struct {
	size     int64
	modified time.Time
	sum      string
}

func (s *Server) sum(path string, info fs.FileInfo) (string, error) {
	s.sums.mu.Lock()
	defer s.sums.mu.Unlock()
	if k, ok := s.sums.known[path]; ok && k.size == info.Size() && k.modified.Equal(info.ModTime()) {
		return k.sum, nil
	}
	f, err := s.root.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	k := known{info.Size(), info.ModTime(), hex.EncodeToString(h.Sum(nil))}
	if s.sums.known == nil {
		s.sums.known = map[string]known{}
	}
	s.sums.known[path] = k
	return k.sum, nil
}
