package store_test

import (
	"encoding/json"
	"flag"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/store"
)

var release = flag.Bool("release", false, "write down the documents' shape as it is now: the next release is held to it")

const shapeFile = "testdata/previous-shape.json"

// shape is the JSON type of every place of a value, by its path: ".session.agents[].id".
func shape(t reflect.Type, path string, all map[string]string) {
	if t == reflect.TypeFor[time.Time]() || t == reflect.TypeFor[json.RawMessage]() {
		all[path] = t.String()
		return
	}
	switch t.Kind() {
	case reflect.Pointer:
		shape(t.Elem(), path, all)
	case reflect.Slice:
		shape(t.Elem(), path+"[]", all)
	case reflect.Map:
		shape(t.Elem(), path+".*", all)
	case reflect.Struct:
		for _, f := range reflect.VisibleFields(t) {
			key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if key != "-" && len(f.Index) == 1 && f.IsExported() {
				shape(f.Type, path+"."+key, all)
			}
		}
	case reflect.Int, reflect.Int64, reflect.Uint32:
		all[path] = "integer"
	default:
		all[path] = t.Kind().String()
	}
}

// shapes are those of what one release writes and another may read: sessions, and events on their way.
func shapes() map[string]string {
	all := map[string]string{}
	shape(reflect.TypeFor[store.Document](), "document", all)
	shape(reflect.TypeFor[store.Delivery](), "delivery", all)
	shape(reflect.TypeFor[session.Event](), "event", all)
	return all
}

// TestThePreviousReleaseReadsWhatThisOneWrites holds documents to additions only: after a rollback, what is no text any more
// where one is looked for fails at each reading, and what is not there any more is taken for not done. With -args -release,
// at a release, the file is written.
func TestThePreviousReleaseReadsWhatThisOneWrites(t *testing.T) {
	t.Parallel()
	now := shapes()
	if *release {
		doc, err := json.MarshalIndent(now, "", "  ")
		if err == nil {
			err = os.WriteFile(shapeFile, append(doc, '\n'), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	doc, err := os.ReadFile(shapeFile)
	if err != nil {
		t.Fatal(err)
	}
	var before map[string]string
	if err := json.Unmarshal(doc, &before); err != nil {
		t.Fatal(err)
	}
	if len(before) < 100 {
		t.Fatalf("only %d places are known of the previous release", len(before))
	}
	for _, path := range slices.Sorted(maps.Keys(before)) {
		switch was, is := before[path], now[path]; is {
		case was:
		case "":
			t.Errorf("%s is gone: the previous release would take it for not done; keep writing it for a release", path)
		default:
			t.Errorf("%s was %s and is %s: the previous release could not read the document; give it another name", path, was, is)
		}
	}
}
