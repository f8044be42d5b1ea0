// Package sftp keeps files on a company's SFTP server (version 3 of the protocol, draft-ietf-secsh-filexfer-02, with
// OpenSSH's extensions where a server has them), exactly once however often a delivery is cut and repeated. Paths come
// from shared/files; shared/files/gcs is the same for Cloud Storage; the local cloud's server is emulator/sftp.
//
// A server is known by the host keys pinned in the settings and by nothing else: the first meeting is trusted no more
// than the last.
package sftp

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"sessionbridge.internal/shared/secrets"
)

// Server is a company's SFTP server and how to sign in there.
type Server struct {
	Host string // name or address
	Port int    // 0: 22
	User string
	// Password answers the server's question for one, asked directly (RFC 4252, section 8) or interactively (RFC 4256).
	Password secrets.Secret
	// PrivateKey is in OpenSSH's or PEM's form, and Passphrase opens it where it is encrypted. With a password too, the
	// server chooses, and may ask for both.
	PrivateKey, Passphrase secrets.Secret
	// HostKeys are the keys the server may have, each "ssh-ed25519 AAAA…" as in authorized_keys or known_hosts without
	// its host, or the fingerprint "SHA256:…" that `ssh-keygen -l` prints. Without any, nothing is trusted.
	HostKeys []string

	// Dial opens the connection; nil stands for a plain net.Dialer. A caller whose servers are named by tenants gives one
	// that refuses addresses inside our own network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	Now  func() time.Time // the clock of files.Stored.At

	patience time.Duration // 0: the package's, as is the next; others in tests
	segment  int64
}

// Store is a connection to a server. Its methods may be called at once from many goroutines. It serves one invocation:
// it never connects anew, and where the context of any call ends in the middle of its work the connection is closed,
// for all.
type Store struct {
	server Server
	conn   *ssh.Client
	client *sftp.Client
	pulse  *pulse

	ctx context.Context // ends with the connection; its cause says why
	end context.CancelCauseFunc

	tidying sync.Mutex // held while a folder is listed, see tidy
}

// Open connects and signs in. The error is ErrHostKey, ErrSignIn, ErrServer or one that passes; see IsPassing.
func Open(ctx context.Context, server Server) (*Store, error) {
	server.patience = cmp.Or(server.patience, patience)
	server.segment = cmp.Or(server.segment, segment)
	conn, err := server.connect(ctx)
	if err != nil {
		return nil, fmt.Errorf("sftp: connect to %s: %w", server.address(), err)
	}
	s := &Store{server: server, conn: conn}
	s.ctx, s.end = context.WithCancelCause(context.Background())
	s.pulse = newPulse(server.patience, func() { s.end(ErrStalled) })
	context.AfterFunc(s.ctx, func() { _ = conn.Close() })
	go func() {
		_ = conn.Wait()
		s.end(ErrCut)
	}()
	go s.keepAlive(server.patience / 4)
	if err := s.start(ctx); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

// start begins SFTP on the connection.
func (s *Store) start(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, s.server.patience, ErrStalled)
	defer cancel()
	ctx, release := s.bind(ctx)
	defer release()
	session, err := within(ctx, s.conn.NewSession)
	if err != nil {
		return s.explain(ctx, "open a session", noSession(err))
	}
	in, _ := session.StdinPipe() // neither fails before the session is started
	out, _ := session.StdoutPipe()
	remarks, _ := session.StderrPipe()
	go func() { _, _ = io.Copy(io.Discard, remarks) }() // else they would fill the window that answers come through
	if err := session.RequestSubsystem("sftp"); err != nil {
		return s.explain(ctx, "start SFTP", noSFTP(err))
	}
	// Fstat, because some servers describe an open file only by its handle.
	s.client, err = sftp.NewClientPipe(s.pulse.answers(out), s.pulse.requests(in), sftp.UseFstat(true))
	return s.explain(ctx, "start SFTP", err)
}

// within is f, waited for no longer than ctx lasts.
//
// It is for asking for a session: where the connection breaks just before that, the library has told all that wait of the
// end already, and loses the error of writing the request (ssh's mux.loop, and handshakeTransport.writePacket). The answer
// is waited for forever then, and closing the connection does not end it.
func within[T any](ctx context.Context, f func() (T, error)) (T, error) {
	type outcome struct {
		v   T
		err error
	}
	done := make(chan outcome, 1)
	go func() {
		v, err := f()
		done <- outcome{v, err}
	}()
	select {
	case o := <-done:
		return o.v, o.err
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
}

// Close ends the connection at once. Parts of files stay on the server, to be gone on with.
func (s *Store) Close() error {
	s.end(net.ErrClosed)
	return nil
}

// bind ties a call's work and the connection together: the context ends with the connection, and the connection with
// the context, which is what ends a request that waits for its answer. It holds until release.
func (s *Store) bind(ctx context.Context) (bound context.Context, release func()) {
	bound, cancel := context.WithCancelCause(ctx)
	stopConn := context.AfterFunc(s.ctx, func() { cancel(context.Cause(s.ctx)) })
	stopCall := context.AfterFunc(bound, func() {
		s.end(fmt.Errorf("%w: a call on it was ended: %w", ErrCut, context.Cause(bound)))
	})
	return bound, func() {
		stopCall()
		stopConn()
		cancel(nil)
	}
}

func (s Server) address() string {
	return net.JoinHostPort(s.Host, strconv.Itoa(cmp.Or(s.Port, 22))) // RFC 4253, section 4.1
}
