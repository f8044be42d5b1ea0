// Package storage is the local cloud's Cloud Storage: the part of the JSON API that cloud.google.com/go/storage uses and
// of the XML API that signed addresses use, with objects on disk, every precondition kept, and the virtual clock's times.
// shared/files/gcs is its client; emulator/fault makes it fail.
//
// It is our own because preconditions are what makes an upload happen once, and the servers to be had keep them in part
// only: they have no metageneration, give an object a new generation when its metadata changes, and write an object
// named ../../x outside their folder.
package storage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"sessionbridge.internal/emulator/cost"
	"sessionbridge.internal/emulator/fault"
)

// Options say what a Server serves.
type Options struct {
	Dir     string           // where buckets and objects are kept; they outlive the server
	Buckets []string         // made at the start where they do not exist yet
	Now     func() time.Time // the clock of timeCreated, updated and generation
	Faults  *fault.Plan      // consulted as fault.Storage; nil: no faults
	Meter   *cost.Meter      // counts what is asked; nil: nothing does
	Log     *slog.Logger     // what goes wrong in the server itself

	Signer    Signer                   // whose signed addresses are taken
	Retention map[string]time.Duration // by bucket: so long from its creation no object is replaced or deleted
	// Notify is told, by bucket, of each object that was finished, and again for a while where it fails.
	Notify map[string]func(context.Context, Notification) error
}

// Server is a running Cloud Storage. All methods may be called at once from many goroutines.
type Server struct {
	store   *store
	uploads *uploads
	http    *http.Server
	log     *slog.Logger
	signer  Signer
	notify  map[string]func(context.Context, Notification) error
}

// Start serves on l until Close. Clients reach it with STORAGE_EMULATOR_HOST set to l's address. Upload addresses are
// made from the Host a client used, so any name of the machine will do.
func Start(l net.Listener, o Options) (*Server, error) {
	st, err := openStore(o.Dir, o.Now, o.Retention)
	if err != nil {
		return nil, fmt.Errorf("storage: %w", err)
	}
	for _, name := range o.Buckets {
		if err := st.createBucket(name); err != nil && !errors.Is(err, errBucketExists) {
			return nil, fmt.Errorf("storage: %w", err)
		}
	}
	s := &Server{store: st, uploads: newUploads(), log: o.Log, signer: o.Signer, notify: o.Notify}
	var handler http.Handler = s
	if o.Meter != nil {
		handler = cost.HTTP(o.Meter, handler)
	}
	if o.Faults != nil {
		handler = fault.HTTP(o.Faults, fault.Storage, handler)
	}
	s.http = &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.log.ErrorContext(context.Background(), "storage: the server stopped", "error", err)
		}
	}()
	return s, nil
}

// Close ends all requests at once. What was stored stays in Options.Dir; unfinished uploads are lost.
func (s *Server) Close() error { return s.http.Close() }

// ObjectInfo is what people are shown of an object.
type ObjectInfo struct {
	Bucket      string    `json:"bucket"`
	Path        string    `json:"path"` // the object's name
	Size        int64     `json:"size"` // bytes
	SHA256      string    `json:"sha256"`
	ContentType string    `json:"content_type"`
	Generation  int64     `json:"generation"`
	Created     time.Time `json:"created"` // when this generation was written
}

func (o *object) info() ObjectInfo {
	return ObjectInfo{o.Bucket, o.Name, o.Size, o.SHA256, o.ContentType, o.Generation, o.Created}
}

// Objects lists the objects of all buckets, by bucket and path.
func (s *Server) Objects() []ObjectInfo {
	infos := []ObjectInfo{}
	for _, b := range s.store.listBuckets() {
		objects, err := s.store.list(b.Name)
		if err != nil {
			continue // deleted since
		}
		for _, o := range objects {
			infos = append(infos, o.info())
		}
	}
	return infos
}

// Open returns the content of one object, to be closed, or an error that is fs.ErrNotExist where there is none.
func (s *Server) Open(bucket, path string) (io.ReadCloser, ObjectInfo, error) {
	o, content, err := s.store.open(bucket, path)
	if err != nil {
		return nil, ObjectInfo{}, fmt.Errorf("storage: %w", err)
	}
	return content, o.info(), nil
}
