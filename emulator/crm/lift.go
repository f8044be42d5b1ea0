package crm

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// errBroken is JSON that ends within a text.
var errBroken = fmt.Errorf("the JSON ends within a text: %w", io.ErrUnexpectedEOF)

// liftText reads a JSON object, gives the text of its member key to take as it arrives, and returns the object with an
// empty text in its place. encoding/json would hold the text whole, and more than once, which base64 of a recording is too
// long for. What is left is bounded, and checked to be JSON by whoever reads it.
func liftText(r *bufio.Reader, key string, take func(io.Reader) error) (rest []byte, err error) {
	l := &lifter{r: r}
	depth, member := 0, ""
	for {
		b, err := r.ReadByte()
		if err == io.EOF {
			return l.rest, nil
		}
		if err != nil {
			return nil, err
		}
		switch b {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case ',':
			member = ""
		case '"':
			if depth == 1 && member == key {
				err = l.lift(take)
			} else if depth == 1 && member == "" {
				member, err = l.name()
			} else {
				_, err = l.copy()
			}
			if err != nil {
				return nil, err
			}
			continue
		}
		if err := l.add(b); err != nil {
			return nil, err
		}
	}
}

type lifter struct {
	r    *bufio.Reader
	rest []byte
}

func (l *lifter) add(b ...byte) error {
	if l.rest = append(l.rest, b...); len(l.rest) > maxBody {
		return &badField{"", fmt.Sprintf("the body has more than %d bytes beside the file", maxBody)}
	}
	return nil
}

// lift gives the text that has begun to take, and reads what that leaves of it.
func (l *lifter) lift(take func(io.Reader) error) error {
	text := &jsonText{r: l.r}
	if err := take(text); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, text); err != nil {
		return err
	}
	return l.add('"', '"')
}

// copy takes the text that has begun, as it is written, with its quotes.
func (l *lifter) copy() ([]byte, error) {
	from := len(l.rest)
	if err := l.add('"'); err != nil {
		return nil, err
	}
	for escaped := false; ; {
		b, err := l.r.ReadByte()
		if err == io.EOF {
			err = errBroken
		}
		if err == nil {
			err = l.add(b)
		}
		if err != nil || b == '"' && !escaped {
			return l.rest[from:], err
		}
		escaped = b == '\\' && !escaped
	}
}

func (l *lifter) name() (string, error) {
	raw, err := l.copy()
	if err != nil {
		return "", err
	}
	name, err := strconv.Unquote(string(raw)) // which knows no \/, and no key of ours has one
	if err != nil {
		return string(raw), nil
	}
	return name, nil
}

// jsonText reads what a JSON text says, up to the quote that ends it. Only characters of ASCII may be escaped, as in
// base64 some do: / as \/, + as \u002B.
type jsonText struct {
	r   *bufio.Reader
	end bool
}

func (t *jsonText) Read(p []byte) (int, error) {
	if t.end || len(p) == 0 {
		return 0, endOf(t.end)
	}
	if _, err := t.r.Peek(1); err != nil {
		return 0, broken(err)
	}
	chunk, _ := t.r.Peek(min(t.r.Buffered(), len(p)))
	if i := bytes.IndexByte(chunk, '"'); i >= 0 {
		chunk = chunk[:i]
	}
	if i := bytes.IndexByte(chunk, '\\'); i >= 0 {
		chunk = chunk[:i]
	}
	if len(chunk) > 0 {
		n := copy(p, chunk)
		_, err := t.r.Discard(n)
		return n, err
	}
	if b, _ := t.r.ReadByte(); b == '"' {
		t.end = true
		return 0, io.EOF
	}
	b, err := t.escape()
	p[0] = b
	return 1, err
}

var escapes = map[byte]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escape reads what follows a backslash.
func (t *jsonText) escape() (byte, error) {
	b, err := t.r.ReadByte()
	if err != nil {
		return 0, broken(err)
	}
	if b != 'u' {
		if plain, ok := escapes[b]; ok {
			return plain, nil
		}
		return 0, errEscape
	}
	var hex [4]byte
	if _, err := io.ReadFull(t.r, hex[:]); err != nil {
		return 0, broken(err)
	}
	n, err := strconv.ParseUint(string(hex[:]), 16, 7)
	if err != nil {
		return 0, errEscape
	}
	return byte(n), nil
}

var errEscape = &badField{"data", "has an escape that is none of base64"}

func broken(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errBroken
	}
	return err
}

func endOf(end bool) error {
	if end {
		return io.EOF
	}
	return nil
}
