package qm_test

import (
	"strings"
	"testing"

	"sessionbridge.internal/shared/source"
	"sessionbridge.internal/shared/source/qm"
	"sessionbridge.internal/shared/source/sourcetest"
)

var receipt = sourcetest.Receipt("qm")

func decoderOf(string) source.Decoder { return qm.Decode }

func TestSamples(t *testing.T) {
	t.Parallel()
	sourcetest.Golden(t, receipt, decoderOf)
}

func TestNothingIsLost(t *testing.T) {
	t.Parallel()
	sourcetest.NothingIsLost(t, receipt, decoderOf)
}

func FuzzDecode(f *testing.F) { sourcetest.Fuzz(f, receipt, qm.Decode) }

// TestMemory repeats what costs most in each of the shapes. It must not be parallel.
func TestMemoryIsBoundedByTheInput(t *testing.T) {
	pad := `{"chat_id":1,"a":"` + strings.Repeat("a", 240) + `","participants":[` // so that the limits of a payload are not met
	tests := map[string][3]string{                                                // start, part, end
		"an array of empty events":   {`[`, `{},`, `{}]`},
		"an array of chats":          {`[`, `{"chat_id":1},`, `{"chat_id":1}]`},
		"as many full chats as fit":  {`[`, pad + strings.Repeat(`{"dn":1},`, 6) + `{}]},`, `{}]`},
		"as many short chats as fit": {`[`, pad + strings.Repeat(`{},`, 6) + `{}]},`, `{}]`},
		"chats of no participants":   {`[`, pad + strings.Repeat(`0,`, 60) + `0]},`, `{}]`},
		"agents without end":         {`[`, `{"version":1,"agent":[` + strings.Repeat(`{},`, 8) + pad + `]}]},`, `{}]`},
		"many empty participants":    {`{"type":"CallState","item":{"CallID":1,"Participants":[`, `{},`, `{}]}}`},
		"many short participants":    {`{"chat_id":1,"participants":[`, `{"dn":"+1"},`, `{}]}`},
		"many items":                 {`{"type":"CallState","item":[`, `{},`, `{}]}`},
		"many keys":                  {`{"type":"CallState","item":{"CallID":1,`, `"a":0,`, `"b":0}}`},
		"a queue path of slashes":    {`{"chat_id":1,"queue_path_names":"`, `a/`, `"}`},
		"a header of many keys":      {`{"type":"CallState","item":{"CallID":1,"Custom_headers":{`, `"a":0,`, `"b":0}}}`},
		"an undocumented type":       {`{"type":"X","item":[`, `{"CallID":1},`, `{}]}`},
		"an event of another's size": {`{"type":"X","a":[`, `0,`, `0]}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) { sourcetest.Memory(t, receipt, qm.Decode, tt[0], tt[1], tt[2]) })
	}
}
