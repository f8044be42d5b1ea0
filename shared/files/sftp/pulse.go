package sftp

import (
	"context"
	"encoding/binary"
	"io"
	"sync"
	"time"
)

// patience is how long a server may give no sign of life: at the sign-in, while it owes an answer, and three quarters of
// it as an answer to a keep-alive. Slow is not dead: the time begins anew with each answer.
const patience = time.Minute

// keepAlive asks for a sign of life as OpenSSH's ServerAliveInterval does, and gives up where three intervals bring none.
// It keeps firewalls from forgetting the connection while a source is slow.
func (s *Store) keepAlive(every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-tick.C:
		}
		answered := make(chan error, 1)
		go func() {
			_, _, err := s.conn.SendRequest("keepalive@openssh.com", true, nil)
			answered <- err
		}()
		late := time.NewTimer(3 * every)
		select {
		case <-s.ctx.Done():
		case <-late.C:
			s.end(ErrStalled)
		case err := <-answered:
			if err != nil {
				s.end(ErrCut)
			}
		}
		late.Stop()
	}
}

// pulse watches that answers come while they are owed. Keep-alives do not tell: a server answers them although its file
// system hangs.
type pulse struct {
	patience time.Duration
	timer    *time.Timer // runs while an answer is owed

	mu              sync.Mutex
	asked, answered frames
	limit           int // where answered reaches it, enough is called
	enough          context.CancelFunc
}

func newPulse(patience time.Duration, stalled func()) *pulse {
	p := &pulse{patience: patience, timer: time.AfterFunc(patience, stalled)}
	p.timer.Stop()
	return p
}

// within is a context that ends after so many more answers, whosesoever.
func (p *pulse) within(ctx context.Context, answers int) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.limit, p.enough = p.answered.whole+answers, cancel
	return ctx, cancel
}

func (p *pulse) ask(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	wasOwed := p.asked.whole > p.answered.whole
	p.asked.add(b)
	if !wasOwed && p.asked.whole > p.answered.whole {
		p.timer.Reset(p.patience)
	}
}

func (p *pulse) answer(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answered.add(b)
	if p.asked.whole > p.answered.whole {
		p.timer.Reset(p.patience)
	} else {
		p.timer.Stop()
	}
	if p.enough != nil && p.answered.whole >= p.limit {
		p.enough()
		p.enough = nil
	}
}

// requests counts what is written to w.
func (p *pulse) requests(w io.WriteCloser) io.WriteCloser {
	return struct {
		io.Writer
		io.Closer
	}{writerFunc(func(b []byte) (int, error) {
		p.ask(b) // before: a write that blocks is owed an answer too
		return w.Write(b)
	}), w}
}

// answers counts what is read of r.
func (p *pulse) answers(r io.Reader) io.Reader {
	return readerFunc(func(b []byte) (int, error) {
		n, err := r.Read(b)
		p.answer(b[:n])
		return n, err
	})
}

type (
	writerFunc func([]byte) (int, error)
	readerFunc func([]byte) (int, error)
)

// Write and Read are io's interfaces.
func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

// frames counts the packets in a stream of them: each is its length in four bytes and so many bytes
// (draft-ietf-secsh-filexfer-02, section 3). One request is one packet, and so is its answer.
type frames struct {
	whole int

	head [4]byte
	held int   // bytes of head
	left int64 // bytes of the packet still to come
}

func (f *frames) add(b []byte) {
	for len(b) > 0 {
		if f.held < len(f.head) {
			n := copy(f.head[f.held:], b)
			f.held, b = f.held+n, b[n:]
			f.left = int64(binary.BigEndian.Uint32(f.head[:]))
		} else {
			n := min(f.left, int64(len(b)))
			f.left, b = f.left-n, b[n:]
		}
		if f.held == len(f.head) && f.left == 0 {
			f.whole, f.held = f.whole+1, 0
		}
	}
}
