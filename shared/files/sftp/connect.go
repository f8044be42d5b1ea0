package sftp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
)

// connect dials and signs in.
//
// A server has several host keys and shows the one of the type that was asked for first. Where only a fingerprint is
// pinned, its type is not known: all types are asked for, and again without those whose key was another one. The same
// tells a person all keys that could be pinned.
func (s Server) connect(ctx context.Context) (*ssh.Client, error) {
	pinned, err := parsePins(s.HostKeys)
	if err != nil {
		return nil, err
	}
	sign, err := s.signIn()
	if err != nil {
		return nil, err
	}
	wanted := pinned.algorithms()
	var shown []string
	for {
		conn, err := s.handshake(ctx, pinned, wanted, sign)
		var stranger *strangerError
		switch {
		case errors.As(err, &stranger):
			shown = append(shown, stranger.Error())
			wanted = slices.DeleteFunc(wanted, func(a string) bool { return slices.Contains(algorithmsOf(stranger.key.Type()), a) })
		case lacksHostKey(err) && shown == nil && !slices.Equal(wanted, anyAlgorithm):
			wanted = slices.Clone(anyAlgorithm) // none can match, but it is to be named
		case lacksHostKey(err) && shown != nil:
			wanted = nil
		default:
			return conn, err
		}
		if len(wanted) == 0 {
			return nil, fmt.Errorf("%w: it showed %s: compare this with the server's own (ssh-keygen -l -f "+
				"/etc/ssh/ssh_host_ed25519_key.pub) and, if they are the same, put it into the setting storage.sftp.host_keys",
				ErrHostKey, strings.Join(shown, ", "))
		}
	}
}

// lacksHostKey holds where the server has no host key of a type that was asked for.
func lacksHostKey(err error) bool {
	var negotiation *ssh.AlgorithmNegotiationError
	return errors.As(err, &negotiation) && negotiation.What == "host key"
}

// handshake is one connection up to the sign-in. A *strangerError says that the host key is not pinned; nothing secret
// was sent then.
func (s Server) handshake(ctx context.Context, pinned pins, algorithms []string, sign []ssh.AuthMethod) (*ssh.Client, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.patience, ErrStalled)
	defer cancel()
	dial := s.Dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	raw, err := dial(ctx, "tcp", s.address())
	if err != nil {
		return nil, unreachable(ctx, err)
	}
	defer context.AfterFunc(ctx, func() { _ = raw.Close() })()
	isKnown := false
	var stranger error
	conn, channels, requests, err := ssh.NewClientConn(raw, s.address(), &ssh.ClientConfig{
		User: s.User, Auth: sign, HostKeyAlgorithms: algorithms,
		HostKeyCallback: func(_ string, _ net.Addr, key ssh.PublicKey) error {
			if isKnown = pinned.match(key); !isKnown {
				stranger = &strangerError{key}
			}
			return stranger
		},
	})
	switch {
	case err == nil:
		return ssh.NewClient(conn, channels, requests), nil
	case stranger != nil:
		return nil, stranger
	case isKnown && context.Cause(ctx) == nil && !isBroken(err):
		return nil, s.refused(err)
	}
	return nil, unreachable(ctx, err)
}

// unreachable sorts the troubles on the way to a sign-in.
func unreachable(ctx context.Context, err error) error {
	var name *net.DNSError
	switch {
	case context.Cause(ctx) != nil:
		return fmt.Errorf("%w: %w", context.Cause(ctx), err)
	case errors.As(err, &name) && name.IsNotFound:
		return fmt.Errorf("%w: correct storage.sftp.host: %w", ErrServer, err)
	case isBroken(err):
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return fmt.Errorf("%w: check storage.sftp.host and storage.sftp.port: %w", ErrServer, err)
}
