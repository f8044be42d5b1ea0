package store_test

import (
	"slices"
	"testing"

	"cloud.google.com/go/firestore"

	"sessionbridge.internal/shared/store"
)

func withPresence(t *testing.T, s *store.Store) []string {
	t.Helper()
	got, err := s.TenantsWithPresence(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestTenantsAreFoundByWhetherTheyWantPresence(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		doc  string
		want bool
	}{
		"with presence":               {`{"presence":{"to_centre":{}}}`, true},
		"with presence that is wrong": {`{"presence":7}`, true}, // whoever reads the settings says what is wrong
		"without":                     {`{"mail":{}}`, false},
		"null is none":                {`{"presence":null}`, false},
		"another's is none":           {`{"queues":{"presence":{}}}`, false},
		"what is no JSON":             {`{"presence":{}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, "wishes")
			for tenant, err := range map[string]error{
				"put":   s.PutSettings(t.Context(), "put", []byte(tt.doc)),
				"saved": s.SaveSettings(t.Context(), "saved", "", []byte(tt.doc), "ada@demo.example", start),
			} {
				if err != nil {
					t.Fatal(err)
				}
				if got := slices.Contains(withPresence(t, s), tenant); got != tt.want {
					t.Errorf("%s: found is %t, want %t", tenant, got, tt.want)
				}
			}
		})
	}
}

func TestAChangeOfTheSettingsIsAChangeOfTheWish(t *testing.T) {
	t.Parallel()
	s := open(t, "wishes")
	for _, step := range []struct {
		doc  string
		want int
	}{{`{"presence":{}}`, 1}, {`{}`, 0}, {`{"presence":{}}`, 1}} {
		if err := s.SaveSettings(t.Context(), "demo", "", []byte(step.doc), "ada@demo.example", start); err != nil {
			t.Fatal(err)
		}
		if got := withPresence(t, s); len(got) != step.want {
			t.Errorf("with %s the tenants are %q, want %d", step.doc, got, step.want)
		}
	}
}

// Settings that an earlier release wrote say nothing beside the document, or what was true before.
func TestTenantsOfEarlierReleasesAreMarked(t *testing.T) {
	t.Parallel()
	s, client := openBoth(t)
	for tenant, doc := range map[string]map[string]any{
		"never-marked": {"settings": `{"presence":{}}`},
		"now":          {"settings": `{"presence":{}}`, "presence": false},
		"no-more":      {"settings": `{}`, "presence": true},
		"right":        {"settings": `{"presence":{}}`, "presence": true},
		"none":         {"settings": `{}`},
		"empty":        {"presence": false},
	} {
		if _, err := client.Collection("tenants").Doc(tenant).Set(t.Context(), doc, firestore.MergeAll); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []int{3, 0} {
		if got := markAll(t, s); got != want {
			t.Errorf("%d were marked, want %d", got, want)
		}
		if got := withPresence(t, s); !slices.Equal(got, []string{"never-marked", "now", "right"}) {
			t.Errorf("found are %q", got)
		}
	}
	snap, err := client.Collection("tenants").Doc("none").Get(t.Context())
	if err != nil || !snap.UpdateTime.Equal(snap.CreateTime) {
		t.Errorf("a tenant that was right was written again, or %v", err)
	}
}

// markAll reads all tenants' settings, and is how many of them had to be marked.
func markAll(t *testing.T, s *store.Store) (n int) {
	t.Helper()
	tenants, err := s.Tenants(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, tenant := range tenants {
		doc, version, anew, err := s.MarkedSettings(t.Context(), tenant)
		if err != nil {
			t.Fatal(err)
		}
		if anew {
			n++
			continue
		}
		if is, now, err := s.SettingsVersion(t.Context(), tenant); err != nil || now != version || string(is) != string(doc) {
			t.Errorf("%s: read are %s of %s, %v; want %s of %s", tenant, doc, version, err, is, now)
		}
	}
	return n
}
