package settings

import (
	"bytes"
	"encoding/json"
)

// properties are those of an object of the schema. They keep the order of the Go type, so that whoever shows them to people
// shows what belongs together in one place, and the name of a thing before its details.
type properties []property

type property struct {
	key   string
	value object
}

// MarshalJSON writes them in their order.
func (p properties) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, one := range p {
		if i > 0 {
			b.WriteByte(',')
		}
		value, err := json.Marshal(one.value)
		if err != nil {
			return nil, err
		}
		b.WriteString(`"` + one.key + `":`) // keys are words of ours
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
