package demo

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// filler fills the placeholders of one recording. Equal placeholders get equal values, so an id is the same wherever the
// recording names it.
type filler struct {
	seed   string // ids are drawn from it
	layout string // of a time
	zone   *time.Location
	media  string // host:port of recordings and media
}

// A placeholder that begins with # is a whole string, whose quotes it loses: it becomes a number of JSON.
var (
	placeholder = regexp.MustCompile(`"\{\{#([^{}]*)\}\}"|\{\{([^{}]*)\}\}`)
	idName      = regexp.MustCompile(`^(number|hex|uuid)[2-9]?$`)
	timeName    = regexp.MustCompile(`^(time|millis)([+-].*)?$`)
	number      = regexp.MustCompile(`^[0-9]+$`)
)

// fill puts values in the places of all placeholders in JSON; at is what {{time}} is.
func (f filler) fill(text string, at time.Time) (filled string, err error) {
	filled = placeholder.ReplaceAllStringFunc(text, func(match string) string {
		parts := placeholder.FindStringSubmatch(match)
		value, problem := f.value(parts[1]+parts[2], at)
		if problem == nil && parts[1] != "" && !number.MatchString(value) {
			problem = fmt.Errorf("{{#%s}} is no number", parts[1])
		}
		if err == nil {
			err = problem
		}
		return value
	})
	if err == nil && strings.Contains(filled, "{{") { // nowhere in JSON but within strings
		err = errors.New("a placeholder is not closed; it must be {{name}}")
	}
	return filled, err
}

// value is what stands for a placeholder.
func (f filler) value(name string, at time.Time) (string, error) {
	if name == "media" {
		return f.media, nil
	}
	if id := idName.FindStringSubmatch(name); id != nil {
		return f.id(name, id[1]), nil
	}
	parts := timeName.FindStringSubmatch(name)
	if parts == nil {
		return "", fmt.Errorf("{{%s}} is no placeholder: there are number, hex and uuid, with a digit from 2 to 9 for more of a kind, "+
			"media, and time and millis, with a distance such as +3s or -1m30s; a whole string may be {{#number}} or {{#millis}}", name)
	}
	if parts[2] != "" {
		d, err := time.ParseDuration(parts[2])
		if err != nil {
			return "", fmt.Errorf("{{%s}}: the distance must be like +3s or -1m30s", name)
		}
		at = at.Add(d)
	}
	if parts[1] == "millis" {
		return strconv.FormatInt(at.UnixMilli(), 10), nil
	}
	return at.In(f.zone).Format(f.layout), nil
}

// id is nine digits, twelve hexadecimal ones, or a UUID in the form of version 4 (RFC 9562).
func (f filler) id(name, kind string) string {
	sum := sha256.Sum256([]byte(f.seed + "/" + name))
	switch kind {
	case "number":
		return strconv.Itoa(100_000_000 + int(binary.BigEndian.Uint32(sum[:])%900_000_000))
	case "hex":
		return hex.EncodeToString(sum[:6])
	}
	sum[6], sum[8] = sum[6]&0x0f|0x40, sum[8]&0x3f|0x80
	u := hex.EncodeToString(sum[:16])
	return strings.Join([]string{u[:8], u[8:12], u[12:16], u[16:20], u[20:]}, "-")
}
