package sftp

import (
	"context"
	"io"
	"net"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

// handshakeTime is how long a client may take to sign in.
const handshakeTime = 30 * time.Second

// conn is one client's connection, and the file system as it sees it.
type conn struct {
	net.Conn
	s   *Server
	ctx context.Context // ends with the connection
	end context.CancelFunc
}

// serve is the life of a connection.
func (s *Server) serve(raw net.Conn) {
	c := &conn{Conn: raw, s: s}
	c.ctx, c.end = context.WithCancel(s.ctx)
	defer c.end()
	defer context.AfterFunc(c.ctx, func() { _ = raw.Close() })()
	defer func() { _ = raw.Close() }()

	_ = raw.SetDeadline(time.Now().Add(handshakeTime))
	signedIn, channels, requests, err := ssh.NewServerConn(raw, s.config)
	if err != nil {
		s.o.Log.DebugContext(c.ctx, "sftp: no sign-in", "error", err)
		return
	}
	_ = raw.SetDeadline(time.Time{})
	go func() { // a client that goes away ends what hangs or waits
		_ = signedIn.Wait()
		c.end()
	}()
	go ssh.DiscardRequests(requests) // and answers keep-alives
	if c.act("connect "+signedIn.User(), func() error { return nil }) != nil {
		return
	}
	for ch := range channels {
		s.conns.Go(func() { c.channel(ch) })
	}
}

// channel serves SFTP on a session that asks for it; nothing else is offered.
func (c *conn) channel(offered ssh.NewChannel) {
	if offered.ChannelType() != "session" {
		_ = offered.Reject(ssh.UnknownChannelType, "only sessions")
		return
	}
	ch, requests, err := offered.Accept()
	if err != nil {
		return
	}
	defer func() { _ = ch.Close() }()
	for r := range requests {
		var subsystem struct{ Name string }
		isSFTP := r.Type == "subsystem" && ssh.Unmarshal(r.Payload, &subsystem) == nil && subsystem.Name == "sftp"
		if r.WantReply {
			_ = r.Reply(isSFTP, nil)
		}
		if isSFTP {
			go ssh.DiscardRequests(requests)
			c.files(ch)
			return
		}
	}
}

func (c *conn) files(ch io.ReadWriteCloser) {
	h := sftp.Handlers{FileGet: c, FilePut: c, FileCmd: c, FileList: c}
	if err := sftp.NewRequestServer(ch, h).Serve(); err != nil && err != io.EOF {
		c.s.o.Log.DebugContext(c.ctx, "sftp: a connection broke", "error", err)
	}
}
