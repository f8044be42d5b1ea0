package form

import (
	"errors"
	"slices"
	"strconv"
	"strings"
)

// ErrPlace is a place that is not there, or is none of what is asked for.
var ErrPlace = errors.New("there is no such place in the settings")

// ErrKey is a key that cannot be added.
var ErrKey = errors.New("write a name that is not there yet")

// Add adds what is absent at the pointer; to a list that is there, an element at its end; to a map that is there, the key.
func (d *Document) Add(pointer, key string) error {
	return d.at(pointer, func(n *node, v any, present bool) (any, error) {
		switch v := v.(type) {
		case []any:
			return append(v, n.item.empty()), nil
		case map[string]any:
			if n.kind != Map {
				return nil, ErrPlace
			}
			if !free(v, key) {
				return nil, ErrKey
			}
			v[key] = n.item.empty()
			return v, nil
		}
		if present {
			return nil, ErrPlace
		}
		return n.begun(key)
	})
}

// begun is an absent value with a first element in it, since an empty list or map is of no use.
func (n *node) begun(key string) (any, error) {
	switch {
	case n.kind == List:
		return []any{n.item.empty()}, nil
	case n.kind == Map && key == "":
		return nil, ErrKey
	case n.kind == Map:
		return map[string]any{key: n.item.empty()}, nil
	}
	return n.empty(), nil
}

// Remove takes away what is at the pointer.
func (d *Document) Remove(pointer string) error {
	all := tokens(pointer)
	last := all[len(all)-1]
	if len(all) == 1 {
		delete(d.parts, last)
		return nil
	}
	return d.within(all[:len(all)-1], func(_ *node, v any, _ bool) (any, error) {
		switch v := v.(type) {
		case map[string]any:
			delete(v, last)
			return v, nil
		case []any:
			i, err := strconv.Atoi(last)
			if err != nil || i < 0 || i >= len(v) {
				return nil, ErrPlace
			}
			return slices.Delete(v, i, i+1), nil
		}
		return nil, ErrPlace
	})
}

// free says whether a map can get the key.
func free(m map[string]any, key string) bool {
	_, taken := m[key]
	return !taken && key != "" && len(key) <= 1500
}

// Rename gives what is at the pointer, in a map, another key, and says where it is then.
func (d *Document) Rename(pointer, key string) (place string, err error) {
	all := tokens(pointer)
	around, was := all[:len(all)-1], all[len(all)-1]
	err = d.within(around, func(n *node, v any, _ bool) (any, error) {
		m, ok := v.(map[string]any)
		value, present := m[was]
		if !ok || n.kind != Map || !present {
			return nil, ErrPlace
		}
		if !free(m, key) {
			return nil, ErrKey
		}
		delete(m, was)
		m[key] = value
		return m, nil
	})
	return pointer[:strings.LastIndexByte(pointer, '/')+1] + escape(key), err
}

// Raise moves an element of a list before the one before it.
func (d *Document) Raise(pointer string) error {
	all := tokens(pointer)
	return d.within(all[:len(all)-1], func(_ *node, v any, _ bool) (any, error) {
		list, ok := v.([]any)
		i, err := strconv.Atoi(all[len(all)-1])
		if !ok || err != nil || i < 1 || i >= len(list) {
			return nil, ErrPlace
		}
		list[i-1], list[i] = list[i], list[i-1]
		return list, nil
	})
}

func (d *Document) at(pointer string, change func(n *node, v any, present bool) (any, error)) error {
	return d.within(tokens(pointer), change)
}

// within changes the value behind the tokens.
func (d *Document) within(tokens []string, change func(n *node, v any, present bool) (any, error)) error {
	_, err := descend(root(), d.parts, true, tokens, change)
	return err
}

// descend changes what is behind the tokens, and is the value that takes the place of v.
func descend(n *node, v any, present bool, tokens []string, change func(*node, any, bool) (any, error)) (any, error) {
	if len(tokens) == 0 {
		return change(n, v, present)
	}
	child := n.child(tokens[0])
	if child == nil {
		return nil, ErrPlace
	}
	switch v := v.(type) {
	case map[string]any:
		in, present := v[tokens[0]]
		changed, err := descend(child, in, present, tokens[1:], change)
		if err == nil {
			v[tokens[0]] = changed
		}
		return v, err
	case []any:
		i, err := strconv.Atoi(tokens[0])
		if err != nil || i < 0 || i >= len(v) {
			return nil, ErrPlace
		}
		changed, err := descend(child, v[i], true, tokens[1:], change)
		if err == nil {
			v[i] = changed
		}
		return v, err
	}
	return nil, ErrPlace
}
