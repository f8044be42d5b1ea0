package kustomer_test

import (
	"strings"
	"testing"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/source"
	"sessionbridge.internal/shared/source/kustomer"
	"sessionbridge.internal/shared/source/sourcetest"
)

var receipt = sourcetest.Receipt("kustomer")

func TestSamples(t *testing.T) {
	t.Parallel()
	sourcetest.Golden(t, receipt, func(string) source.Decoder { return kustomer.Decode })
}

func FuzzDecode(f *testing.F) { sourcetest.Fuzz(f, receipt, kustomer.Decode) }

func TestMalformedDeliveries(t *testing.T) {
	t.Parallel()
	const data = `,"data":{"id":"c1","attributes":{"externalId":"ccai-call-5"}}`
	rows := map[string]struct{ body, path string }{
		"empty":                     {``, "$"},
		"no JSON":                   {`id=1`, "$"},
		"several at once":           {`[{"id":"1","name":"kustomer.tag.create","data":{}}]`, "$"},
		"too long":                  {`{"id":"` + strings.Repeat("a", 1<<20) + `"}`, "$"},
		"too deep":                  {`{"id":` + strings.Repeat("[", 35) + strings.Repeat("]", 35) + `}`, "$"},
		"no id":                     {`{"name":"kustomer.conversation.update"` + data + `}`, "id"},
		"an id that is a list":      {`{"id":[],"name":"kustomer.conversation.update"` + data + `}`, "id"},
		"no name":                   {`{"id":"1"` + data + `}`, "name"},
		"a time that is none":       {`{"id":"1","name":"kustomer.tag.create","createdAt":"soon"` + data + `}`, "createdAt"},
		"no record":                 {`{"id":"1","name":"kustomer.conversation.update"}`, "data"},
		"a record that is a text":   {`{"id":"1","name":"kustomer.conversation.update","data":"c1"}`, "data"},
		"a status of nobody":        {`{"email":"","status":"Lunch"}`, "status"},
		"no status of an agent":     {`{"email":"kim@demo.example"}`, "status"},
		"a status that is a number": {`{"email":"kim@demo.example","status":1}`, "status"},
		"a status at no time":       {`{"email":"kim@demo.example","status":"Lunch","at":5}`, "at"},
	}
	tests := map[string]sourcetest.Malformed{}
	for name, row := range rows {
		tests[name] = sourcetest.Malformed{Decode: kustomer.Decode, Body: row.body, Path: row.path}
	}
	sourcetest.Refuses(t, receipt, tests)
}

// one decodes what becomes one event.
func one(t *testing.T, r source.Receipt, body string) session.Event {
	t.Helper()
	batch, err := kustomer.Decode(r, []byte(body))
	if err != nil || len(batch.Events) != 1 {
		t.Fatalf("%d events, %v", len(batch.Events), err)
	}
	return batch.Events[0]
}

func conversation(externalID, rest string) string {
	return `{"id":"e1","name":"kustomer.conversation.update","data":{"id":"c1","attributes":{"externalId":` + externalID + `}` + rest + `}}`
}

func TestWhoseSessionARecordIs(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ externalID, source, session string }{
		"one of the contact centre's calls": {`"ccai-call-5"`, "ccai", "call-5"},
		"a session with a longer id":        {`"agentdesktop-call-f7875bc8-0db9"`, "agentdesktop", "call-f7875bc8-0db9"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := one(t, receipt, conversation(tt.externalID, ""))
			if e.Kind != session.RecordChanged || e.Source != tt.source || e.Session != tt.session || e.ID != "kustomer-e1" || e.Raw != nil {
				t.Errorf("%s %s of %s/%s with %s", e.Kind, e.ID, e.Source, e.Session, e.Raw)
			}
		})
	}
}

// The most of what a company has in its CRM is about no session of ours, and is not for us to keep.
func TestWhatIsAboutNoSessionIsLetGo(t *testing.T) {
	t.Parallel()
	named := func(name string) string {
		return strings.Replace(conversation(`"ccai-call-5"`, ""), "kustomer.conversation.update", name, 1)
	}
	for name, body := range map[string]string{
		"no external id":                 conversation(`null`, ""),
		"another's id":                   conversation(`"order-5"`, ""),
		"an id that is none":             conversation(`{"a":1}`, ""),
		"a path for an id":               conversation(`"ccai-call-../x"`, ""),
		"a path for a source":            conversation(`"a/b-call-5"`, ""),
		"an endless id":                  conversation(`"ccai-call-`+strings.Repeat("5", 200)+`"`, ""),
		"a customer":                     named("kustomer.customer.update"),
		"a user":                         named("kustomer.user.update"),
		"what else becomes of a session": named("kustomer.conversation.merge"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if batch, err := kustomer.Decode(receipt, []byte(body)); err != nil || len(batch.Events) > 0 || len(batch.Rejected) > 0 {
				t.Errorf("%+v, %v", batch, err)
			}
		})
	}
}

func TestOfANameNobodyKnowsTheNameIsKept(t *testing.T) {
	t.Parallel()
	e := one(t, receipt, strings.Replace(conversation(`"ccai-call-5"`, ""), "kustomer.conversation.update", "kustomer.tag.create", 1))
	if e.Kind != session.Unknown || e.VendorType != "kustomer.tag.create" || e.ID != "e1" || e.Source != "kustomer" || e.Session != "" || e.Raw != nil {
		t.Errorf("%+v", e)
	}
}

func TestWhatCannotBeReadOfARecordIsLeftOut(t *testing.T) {
	t.Parallel()
	for name, rest := range map[string]string{
		"relationships of another type": `,"relationships":[]},"changes":{"attributes":5}, "x":{"y":1`,
		"an author of another type":     `,"relationships":{"modifiedBy":{"data":[]}}},"changes":[], "x":{"y":1`,
		"changes of another type":       `,"relationships":{"modifiedBy":"u1"}},"changes":"none", "x":{"y":1`,
		"nothing more":                  ``,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := one(t, receipt, conversation(`"ccai-call-5","status":["open"],"assignedUsers":"u1"`, rest))
			if e.Record == nil || e.Record.ID != "c1" || e.Record.By != "" || e.Record.Status != "" || e.Record.Assigned != nil || e.Record.Changed != nil {
				t.Errorf("read %+v", e.Record)
			}
		})
	}
}

func TestAStatusIsOneFactHoweverOftenItComes(t *testing.T) {
	t.Parallel()
	later := receipt
	later.At = later.At.Add(60e9)
	const timed, bare = `{"email":"kim@demo.example","status":"Lunch","at":"2026-01-05T09:09:00Z"}`, `{"email":"kim@demo.example","status":"Lunch"}`
	if a, b := one(t, receipt, timed), one(t, later, timed); a.ID != b.ID || !a.At.Equal(b.At) {
		t.Errorf("with its time it is %s at %v, and then %s at %v", a.ID, a.At, b.ID, b.At)
	}
	if a, b := one(t, receipt, bare), one(t, later, bare); a.ID == b.ID {
		t.Error("without a time, the second lunch of a day is taken for a repeat")
	}
	if e := one(t, receipt, timed); strings.Contains(e.ID, "kim") {
		t.Errorf("the id %s tells who it is", e.ID)
	}
}

// TestMemoryIsBoundedByTheInput is not parallel, since it counts what the whole process allocates.
func TestMemoryIsBoundedByTheInput(t *testing.T) {
	for name, tt := range map[string]struct{ start, part, end string }{
		"a record of many keys":     {`{"id":"1","name":"kustomer.conversation.update","data":{"attributes":{"externalId":"ccai-call-5",`, `"a":0,`, `"b":0}}}`},
		"an envelope of many keys":  {`{"id":"1","name":"kustomer.conversation.update",`, `"a":0,`, `"data":{"b":0}}`},
		"many changes":              {`{"id":"1","name":"kustomer.conversation.update","data":{"attributes":{"externalId":"ccai-call-5"}},"changes":{"attributes":{`, `"a":0,`, `"b":0}}}`},
		"records in the place of 1": {`{"id":"1","name":"kustomer.conversation.update","data":[`, `{},`, `{}]}`},
		"users without an end":      {`{"id":"1","name":"kustomer.conversation.update","data":{"attributes":{"externalId":"ccai-call-5","assignedUsers":[`, `"",`, `""]}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			sourcetest.Memory(t, receipt, kustomer.Decode, tt.start, tt.part, tt.end)
		})
	}
}
