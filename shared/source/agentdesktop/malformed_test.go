package agentdesktop_test

import (
	"strings"
	"testing"

	"sessionbridge.internal/shared/source/agentdesktop"
	"sessionbridge.internal/shared/source/sourcetest"
)

func TestMalformedPayloads(t *testing.T) {
	t.Parallel()
	bodies := map[string][2]string{ // body, path
		"empty":                            {" \n", "$"},
		"not JSON":                         {`{"event":"HELD"`, "$"},
		"a number":                         {`1`, "$"},
		"too large":                        {`"` + strings.Repeat("x", 1<<20) + `"`, "$"},
		"too deep":                         {strings.Repeat("[", 41) + strings.Repeat("]", 41), "$"},
		"too many events":                  {`[` + strings.Repeat("1,", 1_000) + `1]`, "$"},
		"an entry that is no object":       {`[7]`, "[0]"},
		"an event that is no object":       {`{"version":1,"delivery_id":"d","data":[]}`, "data"},
		"neither name nor contact":         {`{"ani":"3393669393"}`, "event"},
		"neither name nor contact in data": {`{"data":{"ani":"3393669393"}}`, "data.event"},
		"no name, and data of no JSON":     {`{"jQuery_eventType":"x","data":"{"}`, "data"},
		"no contact":                       {`{"event":"HELD"}`, "uuid"},
		"no contact in an array":           {`[{"event":"HELD"}]`, "[0].uuid"},
		"no contact in data":               {`{"event":"HELD","data":{"ani":"1234"}}`, "data.uuid"},
		"no contact in the pair's data":    {`{"jQuery_eventType":"x","data":"{\"event\":\"POPUP\",\"data\":{}}"}`, "data.data.uuid"},
		"no contact since data is no JSON": {`{"event":"HELD","data":"id=1"}`, "data"},
		"no contact since data is a list":  {`{"event":"HELD","data":[{"uuid":"m"}]}`, "data"},
		"no contact, a consultation":       {`{"event":"HELD","type":"outbound","job_type":"manual","dnis":"consultation"}`, "uuid"},
		"a uuid that is a path, no id":     {`{"event":"HELD","uuid":"../1"}`, "uuid"},
		"an object for a uuid":             {`{"event":"HELD","uuid":{},"id":"13b@GW"}`, "uuid"},
		"a fraction for an id":             {`{"event":"HELD","id":1.5}`, "id"},
		"an endless id":                    {`{"event":"HELD","contact":{"id":"` + strings.Repeat("x", 129) + `"}}`, "contact.id"},
		"another version":                  {`[{"version":2,"delivery_id":"d","data":{}}]`, "[0].version"},
		"no delivery id":                   {`{"version":1,"data":{}}`, "delivery_id"},
		"no data":                          {`{"version":1,"delivery_id":"d"}`, "data"},
		"no time":                          {`{"version":1,"delivery_id":"d","received_at":"x","data":{}}`, "received_at"},
		"no contact, in an envelope":       {`{"version":1,"delivery_id":"d","data":"{\"event\":\"HELD\"}"}`, "data.uuid"},
	}
	tests := map[string]sourcetest.Malformed{}
	for name, b := range bodies {
		tests[name] = sourcetest.Malformed{Decode: agentdesktop.Decode, Body: b[0], Path: b[1]}
	}
	sourcetest.Refuses(t, receipt, tests)
}

func TestAnEmptyPayloadHoldsNothing(t *testing.T) {
	t.Parallel()
	if batch, err := agentdesktop.Decode(receipt, []byte(` [] `)); err != nil || len(batch.Events) != 0 {
		t.Errorf("%v, %v", batch, err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"event":"HELD","uuid":"m","CallData":[{"name":"PASSWORD","value":"s3cret"},7,"key=s3cret",{"name":1}]}`))
	f.Add([]byte(`[{"event":"HELD","data":"{\"id\":1,\"CallData\":{\"\\u0070in\":1e5}}"},"\"CallData",{"CallDat\u0061":-0}]`))
	sourcetest.Fuzz(f, receipt, agentdesktop.Decode)
}

func TestMemoryIsBoundedByTheInput(t *testing.T) {
	tests := map[string][3]string{
		"data within data":   {`{"event":"HELD","data":{"data":{"uuid":"m","a":"`, `x`, `"}}}`},
		"many a CallData":    {`{"event":"HELD","uuid":"m",`, `"CallData":[{"name":"a","value":1}],`, `"b":0}`},
		"strings of JSON":    {`{"event":"HELD","uuid":"m","a":[`, `"{\"CallData\":[\"key\"]}",`, `1]}`},
		"one string of JSON": {`{"event":"HELD","data":"{\"uuid\":\"m\",\"CallData\":[`, `\"key\",`, `1]}"}`},
		"pairs of pairs":     {`[`, `{"event":"HELD","uuid":"m","CallData":[` + strings.Repeat(`{"name":"a","value":1},`, 200) + `1]},`, `{}]`},
		"CallData quoted":    {`{"event":"HELD","data":"{\"uuid\":\"m\",\"CallData\":[`, `{\"name\":\"pin\",\"value\":1},`, `{\"name\":\"a\"}]}"}`},
		"names quoted":       {`{"event":"HELD","data":"{\"uuid\":\"m\",\"CallData\":[`, `{\"name\":\"key\",\"\":1},`, `{\"name\":\"a\"}]}"}`},
		"what is not UTF-8":  {`"`, "\xff", `"`},
	}
	for name, p := range tests {
		t.Run(name, func(t *testing.T) { sourcetest.Memory(t, receipt, agentdesktop.Decode, p[0], p[1], p[2]) })
	}
}
