package crm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"sessionbridge.internal/shared/template"
)

// fillBody fills the strings of a JSON text. The text is read as JSON first and its strings are filled then, so that no
// value can become anything but a part of its string. All else stays as it was typed.
//
// A string that is one variable and nothing else, or a function, is left out with its member or place where nothing is
// known, and so is an object or list of which nothing remains; strict leaves out every string that lacks a value.
func fillBody(text string, v Vars, strict bool) ([]byte, error) {
	if !json.Valid([]byte(text)) {
		return nil, errors.New("crm: the body of the endpoint is no JSON")
	}
	f := bodyFiller{json.NewDecoder(strings.NewReader(text)), v, strict}
	f.in.UseNumber() // numbers stay to the digit
	out, _, err := f.next()
	if err != nil {
		return nil, fmt.Errorf("crm: body: %w", err)
	}
	return out, nil
}

type bodyFiller struct {
	in     *json.Decoder
	v      Vars
	strict bool
}

// next fills the next value; keep is false where it is to be left out. What is left of it then is its empty form.
func (f *bodyFiller) next() (out []byte, keep bool, err error) {
	token, err := f.in.Token()
	if err != nil {
		return nil, false, err
	}
	switch t := token.(type) {
	case json.Delim:
		return f.group(t)
	case string:
		return f.text(t)
	}
	out, err = json.Marshal(token)
	return out, true, err
}

// group fills an object or a list, whose opening was read.
func (f *bodyFiller) group(open json.Delim) (out []byte, keep bool, err error) {
	var b bytes.Buffer
	b.WriteString(open.String())
	empty := true // as typed
	for ; f.in.More(); empty = false {
		var key []byte
		if open == '{' {
			name, err := f.in.Token()
			if err != nil {
				return nil, false, err
			}
			if key, err = json.Marshal(name); err != nil {
				return nil, false, err
			}
		}
		value, kept, err := f.next()
		if err != nil {
			return nil, false, fmt.Errorf("%s: %w", orDefault(string(key), "in a list"), err)
		}
		if !kept {
			continue
		}
		if keep = true; b.Len() > 1 {
			b.WriteByte(',')
		}
		if key != nil {
			b.Write(append(key, ':'))
		}
		b.Write(value)
	}
	end, err := f.in.Token()
	if err != nil {
		return nil, false, err
	}
	fmt.Fprint(&b, end)
	return b.Bytes(), keep || empty, nil
}

func (f *bodyFiller) text(typed string) (out []byte, keep bool, err error) {
	t, err := template.Parse(typed)
	if err != nil {
		return nil, false, err
	}
	text, complete := t.Expand(f.v.lookup, nil)
	out, err = json.Marshal(text)
	return out, complete || text != "" && !f.strict, err
}
