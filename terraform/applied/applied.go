// Package applied reads what Terraform would have made, as `make terraform` leaves it: the resources and outputs of a mocked
// apply, and the blocks and inputs of the configuration. The tests of the folder above and of emulator/local hold it against what
// they know; nothing that is deployed reads it.
package applied

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// DirEnv names the environment variable with the folder that Read reads: the work folder of terraform/check.sh.
const DirEnv = "SESSIONBRIDGE_TERRAFORM"

// maxLine bounds one line of Terraform's log: a whole state, with the provider's schema, is one.
const maxLine = 64 << 20

// State is what would be there.
type State struct {
	Resources []Resource
	Outputs   map[string]any
	Inputs    map[string]Input
	Described map[string]string // outputs' descriptions
	Blocks    []Block           // as written, those included of which nothing would be made
}

// Block is a block of a resource or data source.
type Block struct {
	Address   string   `json:"address"` // such as google_pubsub_topic.topic
	Type      string   `json:"type"`
	DependsOn []string `json:"depends_on"` // addresses of blocks
}

// Resource is one thing, data sources included.
type Resource struct {
	Address string         `json:"address"` // such as google_pubsub_topic.topic["uploads"]
	Mode    string         `json:"mode"`    // managed or data
	Type    string         `json:"type"`
	Name    string         `json:"name"`
	Index   any            `json:"index"` // the key of for_each, or nil
	Values  map[string]any `json:"values"`
}

// Input is a variable. A Default that is nil has to be given.
type Input struct {
	Default     any    `json:"default"`
	Description string `json:"description"`
}

// Read reads what check.sh left in dir: applied.json, the log of `terraform test -json -verbose`, and configuration.json, a
// plan as `terraform show -json` prints it (developer.hashicorp.com/terraform/internals/json-format).
func Read(dir string) (*State, error) {
	log, err := os.ReadFile(filepath.Join(dir, "applied.json"))
	if err != nil {
		return nil, fmt.Errorf("terraform: %w", err)
	}
	s, err := state(bytes.NewReader(log))
	if err != nil {
		return nil, err
	}
	doc, err := os.ReadFile(filepath.Join(dir, "configuration.json"))
	if err != nil {
		return nil, fmt.Errorf("terraform: %w", err)
	}
	return s, s.configure(doc)
}

// state finds the last state that the log has.
func state(log io.Reader) (*State, error) {
	var s *State
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		var line struct {
			State *struct {
				Root struct {
					Resources []Resource `json:"resources"`
				} `json:"root_module"`
				Outputs map[string]struct {
					Value any `json:"value"`
				} `json:"outputs"`
			} `json:"test_state"`
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return nil, fmt.Errorf("terraform: a line of its log: %w", err)
		}
		if line.State == nil {
			continue
		}
		s = &State{Resources: line.State.Root.Resources, Outputs: map[string]any{}}
		for name, out := range line.State.Outputs {
			s.Outputs[name] = out.Value
		}
	}
	if s == nil && lines.Err() == nil {
		return nil, errors.New("terraform: its log has no state: run `terraform test` with -json -verbose")
	}
	return s, lines.Err()
}

// configure adds what can be given and is given out.
func (s *State) configure(doc []byte) error {
	var plan struct {
		Configuration struct {
			Root struct {
				Resources []Block          `json:"resources"`
				Variables map[string]Input `json:"variables"`
				Outputs   map[string]struct {
					Description string `json:"description"`
				} `json:"outputs"`
			} `json:"root_module"`
		} `json:"configuration"`
	}
	if err := json.Unmarshal(doc, &plan); err != nil {
		return fmt.Errorf("terraform: its configuration: %w", err)
	}
	s.Blocks = plan.Configuration.Root.Resources
	s.Inputs, s.Described = plan.Configuration.Root.Variables, map[string]string{}
	for name, out := range plan.Configuration.Root.Outputs {
		s.Described[name] = out.Description
	}
	return nil
}

// All are the managed resources of a type.
func (s *State) All(kind string) (all []Resource) {
	for _, r := range s.Resources {
		if r.Type == kind && r.Mode == "managed" {
			all = append(all, r)
		}
	}
	return all
}

// One is the managed resource of that type and name in Google Cloud, or nil.
func (s *State) One(kind, name string) *Resource {
	for _, r := range s.All(kind) {
		if r.Text("name") == name {
			return &r
		}
	}
	return nil
}

// At is the value below a path of names and, in lists and blocks, places; nil where there is none.
func (r *Resource) At(path ...any) any {
	var at any = r.Values
	for _, step := range path {
		switch in := at.(type) {
		case map[string]any:
			key, _ := step.(string)
			at = in[key]
		case []any:
			i, ok := step.(int)
			if !ok || i >= len(in) {
				return nil
			}
			at = in[i]
		default:
			return nil
		}
	}
	return at
}

// Text is At, where it is a text; else empty.
func (r *Resource) Text(path ...any) string {
	text, _ := r.At(path...).(string)
	return text
}
