package demo

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"
)

//go:embed recordings/*.json
var recordings embed.FS

// All stands for every source that has a recording.
const All = "all"

// Recording is one session as its contact centre reports it, with placeholders for times and ids; the README here has
// their rules. It is made anew, as a Scenario, each time it is played.
type Recording struct {
	Name   string `json:"-"` // of its file, without the ending
	Title  string `json:"title"`
	Source string `json:"source"` // the last part of the webhook's path
	Key    string `json:"key"`    // of the session

	// Layout is the form of a {{time}}, as package time has it, else RFC 3339; UTCOffset is its zone, such as "8h".
	Layout    string   `json:"layout,omitempty"`
	UTCOffset duration `json:"utc_offset,omitempty"`

	Posts []struct {
		What  string          `json:"what"`
		After duration        `json:"after,omitempty"` // since the post before
		Body  json.RawMessage `json:"body"`
	} `json:"posts"`

	// Expect is what the console must have of the session, at least; null is for what must not be there.
	Expect json.RawMessage `json:"expect"`
	// Agents is likewise what the console must have of agents, each under source/id.
	Agents json.RawMessage `json:"agents,omitempty"`
	// Absent are the keys of sessions that must not have come to be.
	Absent []string `json:"absent,omitempty"`
}

// duration is written like "1m30s".
type duration time.Duration

func (d *duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	*d = duration(parsed)
	return err
}

// Recordings are those of a source, or of All, in the order of their files. The error names the sources there are.
func Recordings(source string) ([]Recording, error) {
	files, err := fs.Glob(recordings, "recordings/*.json")
	if err != nil {
		return nil, err
	}
	var found []Recording
	var sources []string
	for _, file := range files {
		data, err := recordings.ReadFile(file)
		if err != nil {
			return nil, err
		}
		r, err := ParseRecording(file, data)
		if err != nil {
			return nil, err
		}
		sources = append(sources, r.Source)
		if source == All || r.Source == source {
			found = append(found, r)
		}
	}
	if len(found) == 0 {
		slices.Sort(sources)
		return nil, fmt.Errorf("no recording of the source %q; there are %s, and %s", source, strings.Join(slices.Compact(sources), ", "), All)
	}
	return found, nil
}

// anyTime is for trying a recording out.
var anyTime = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// ParseRecording reads a recording's file and checks that it is whole. What nobody knows in it is an error.
func ParseRecording(file string, data []byte) (r Recording, err error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		return r, fmt.Errorf("%s: %w", file, err)
	}
	r.Name = strings.TrimSuffix(file[strings.LastIndexByte(file, '/')+1:], ".json")
	if _, err := r.Scenario(anyTime, anyTime, "http://media.example.com"); err != nil {
		return r, fmt.Errorf("%s: %w", file, err)
	}
	return r, nil
}

// Length is the recorded time from the first post to the last.
func (r Recording) Length() (d time.Duration) {
	for _, p := range r.Posts {
		d += time.Duration(p.After)
	}
	return d
}

// Scenario is the recording as it is played now, with its last post at end. Its ids are drawn from now and its name.
func (r Recording) Scenario(now, end time.Time, media string) (s Scenario, err error) {
	if r.Title == "" || r.Source == "" || r.Key == "" || len(r.Posts) == 0 || len(r.Expect) == 0 {
		return s, errors.New("title, source, key, posts or expect is absent")
	}
	f := filler{fmt.Sprint(r.Name, now.UnixNano()), r.Layout, time.FixedZone("", int(time.Duration(r.UTCOffset).Seconds())), strings.TrimPrefix(media, "http://")}
	if f.layout == "" {
		f.layout = time.RFC3339
	}
	s.Title = r.Title
	if s.Posts, err = r.posts(f, end.Add(-r.Length())); err != nil {
		return s, err
	}
	f.layout, f.zone = time.RFC3339, time.UTC // as the console writes times
	if s.Key, err = f.fill(r.Key, end); err != nil {
		return s, fmt.Errorf("key: %w", err)
	}
	for i, key := range r.Absent {
		if key, err = f.fill(key, end); err != nil {
			return s, fmt.Errorf("absent[%d]: %w", i, err)
		}
		s.Absent = append(s.Absent, key)
	}
	return s, errors.Join(f.object("expect", r.Expect, end, &s.Expect), f.object("agents", r.Agents, end, &s.Agents))
}

func (r Recording) posts(f filler, at time.Time) (posts []Post, err error) {
	var since time.Duration
	for i, p := range r.Posts {
		since += time.Duration(p.After)
		if p.What == "" || p.After < 0 {
			return nil, fmt.Errorf("posts[%d]: what is absent, or after is negative", i)
		}
		body, err := f.fill(string(p.Body), at.Add(since))
		if err != nil {
			return nil, fmt.Errorf("posts[%d].body: %w", i, err)
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, []byte(body)); err != nil {
			return nil, fmt.Errorf("posts[%d].body: %w", i, err)
		}
		what := fmt.Sprintf("%d:%02d  %s", int(since.Minutes()), int(since.Seconds())%60, p.What)
		posts = append(posts, Post{what, r.Source, compact.Bytes()})
	}
	return posts, nil
}

// object fills and reads a JSON object, which may be absent.
func (f filler) object(name string, raw json.RawMessage, at time.Time, v *map[string]any) error {
	if len(raw) == 0 {
		return nil
	}
	text, err := f.fill(string(raw), at)
	if err == nil {
		err = json.Unmarshal([]byte(text), v)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
