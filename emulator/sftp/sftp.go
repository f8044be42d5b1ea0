// Package sftp is the local cloud's SFTP server: the company's own storage, with its files in a folder of the machine.
// shared/files/sftp is its client; emulator/fault makes it fail.
//
// It is built of golang.org/x/crypto/ssh and the request server of github.com/pkg/sftp over an os.Root, so that no path
// and no symbolic link leads out of the folder. Content goes to disk as it arrives and is never whole in memory.
package sftp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"

	"golang.org/x/crypto/ssh"

	"sessionbridge.internal/emulator/fault"
)

// Options say what a Server serves, and to whom.
type Options struct {
	Dir  string // where the files are kept, made if it is missing; they outlive the server
	User string // the only one who may sign in
	// Password signs the user in, asked for directly or interactively. Empty: no password does.
	Password string
	// AuthorizedKeys sign the user in too, each a line as in OpenSSH's authorized_keys.
	AuthorizedKeys []string
	// HostKey is what the server is known by. Nil: an Ed25519 key, kept beside Dir in Dir's name with ".hostkey", so that
	// a server started again is the same one.
	HostKey ssh.Signer
	// NoReopen opens no file that is there for writing, unless it is begun anew: so do servers in front of object stores.
	NoReopen bool
	Faults   *fault.Plan  // consulted as fault.SFTP; nil: no faults
	Log      *slog.Logger // what goes wrong in the server itself
}

// Server is a running SFTP server. All methods may be called at once from many goroutines.
type Server struct {
	o      Options
	root   *os.Root
	key    ssh.Signer
	config *ssh.ServerConfig
	sums   sums

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	l      net.Listener
	conns  sync.WaitGroup
}

// Start serves on l until Close.
func Start(l net.Listener, o Options) (*Server, error) {
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("sftp: %w", err)
	}
	root, err := os.OpenRoot(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("sftp: %w", err)
	}
	s := &Server{o: o, root: root, key: o.HostKey, l: l}
	if err := s.configure(); err != nil {
		return nil, errors.Join(fmt.Errorf("sftp: %w", err), root.Close())
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	go s.accept()
	return s, nil
}

func (s *Server) configure() (err error) {
	if s.key == nil {
		if s.key, err = keptKey(s.o.Dir); err != nil {
			return err
		}
	}
	if s.config, err = signIn(s.o); err != nil {
		return err
	}
	s.config.AddHostKey(s.key)
	return nil
}

func (s *Server) accept() {
	for {
		c, err := s.l.Accept()
		if err != nil {
			if !errors.Is(err, net.ErrClosed) {
				s.o.Log.ErrorContext(s.ctx, "sftp: the server stopped", "error", err)
			}
			return
		}
		s.conns.Go(func() { s.serve(c) })
	}
}

// Close ends all connections at once. What was stored stays in Options.Dir.
func (s *Server) Close() error {
	s.cancel()
	err := s.l.Close()
	s.conns.Wait()
	return errors.Join(err, s.root.Close())
}

// HostKey is the key the server is known by, as authorized_keys has it: "ssh-ed25519 AAAA…".
func (s *Server) HostKey() string { return authorized(s.key.PublicKey()) }

// Fingerprint is that of HostKey as OpenSSH prints it: "SHA256:…".
func (s *Server) Fingerprint() string { return ssh.FingerprintSHA256(s.key.PublicKey()) }
