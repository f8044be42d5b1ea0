package storage_test

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gcs "cloud.google.com/go/storage"
	"github.com/googleapis/gax-go/v2"
)

// fast keeps the client's retries from taking seconds.
var fast = gax.Backoff{Initial: time.Millisecond, Max: time.Millisecond}

// cases are all preconditions, met and unmet, for an object of generation g that was updated once.
func cases(g int64) map[string]struct {
	ask gcs.Conditions
	met bool
} {
	type row = struct {
		ask gcs.Conditions
		met bool
	}
	return map[string]row{
		"generation is":             {gcs.Conditions{GenerationMatch: g}, true},
		"generation is another":     {gcs.Conditions{GenerationMatch: g - 1}, false},
		"generation is not another": {gcs.Conditions{GenerationNotMatch: g - 1}, true},
		"generation is not it":      {gcs.Conditions{GenerationNotMatch: g}, false},
		"metageneration is":         {gcs.Conditions{MetagenerationMatch: 2}, true},
		"metageneration is old":     {gcs.Conditions{MetagenerationMatch: 1}, false},
		"metageneration is not 1":   {gcs.Conditions{MetagenerationNotMatch: 1}, true},
		"metageneration is not 2":   {gcs.Conditions{MetagenerationNotMatch: 2}, false},
		"both are":                  {gcs.Conditions{GenerationMatch: g, MetagenerationMatch: 2}, true},
		"only one is":               {gcs.Conditions{GenerationMatch: g, MetagenerationMatch: 1}, false},
	}
}

func TestPreconditions(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), nil)
	operations := map[string]func(*testing.T, *gcs.ObjectHandle) error{
		"upload multipart": func(t *testing.T, o *gcs.ObjectHandle) error {
			_, err := upload(t.Context(), o, "new", false)
			return err
		},
		"upload resumable": func(t *testing.T, o *gcs.ObjectHandle) error {
			_, err := upload(t.Context(), o, "new", true)
			return err
		},
		"update": func(t *testing.T, o *gcs.ObjectHandle) error {
			_, err := o.Update(t.Context(), gcs.ObjectAttrsToUpdate{ContentType: "text/new"})
			return err
		},
		"delete": func(t *testing.T, o *gcs.ObjectHandle) error { return o.Delete(t.Context()) },
		"read": func(t *testing.T, o *gcs.ObjectHandle) error {
			r, err := o.NewReader(t.Context())
			if err == nil {
				_ = r.Close()
			}
			return err
		},
		"attributes": func(t *testing.T, o *gcs.ObjectHandle) error {
			_, err := o.Attrs(t.Context())
			return err
		},
	}
	for operation, do := range operations {
		for name := range cases(1) {
			t.Run(operation+" if "+name, func(t *testing.T) {
				t.Parallel()
				o := s.bucket.Object(operation + name)
				before := mustUpload(t, o, "old")
				if _, err := o.Update(t.Context(), gcs.ObjectAttrsToUpdate{ContentType: "text/old"}); err != nil {
					t.Fatal(err)
				}
				row := cases(before.Generation)[name]
				err := do(t, o.If(row.ask))
				if row.met && err != nil || !row.met && status(err) != http.StatusPreconditionFailed {
					t.Fatalf("%v, want met: %v", err, row.met)
				}
				after, err := o.Attrs(t.Context())
				if !row.met && (err != nil || after.Generation != before.Generation || after.Metageneration != 2) {
					t.Errorf("the object changed all the same: %+v, %v", after, err)
				}
			})
		}
	}
}

func TestPreconditionsOfWhatIsNotThere(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), nil)
	for _, resumable := range []bool{false, true} {
		o := s.bucket.Object(fmt.Sprint("absent", resumable))
		if _, err := upload(t.Context(), o.If(gcs.Conditions{GenerationMatch: 7}), "x", resumable); status(err) != http.StatusPreconditionFailed {
			t.Errorf("upload over generation 7: %v, want 412", err)
		}
		if err := o.If(gcs.Conditions{GenerationMatch: 7}).Delete(t.Context()); status(err) != http.StatusNotFound {
			t.Errorf("delete of generation 7: %v, want 404", err)
		}
		if _, err := upload(t.Context(), o.If(gcs.Conditions{DoesNotExist: true}), "x", resumable); err != nil {
			t.Errorf("first upload: %v", err)
		}
		if _, err := upload(t.Context(), o.If(gcs.Conditions{DoesNotExist: true}), "x", resumable); status(err) != http.StatusPreconditionFailed {
			t.Errorf("second upload: %v, want 412", err)
		}
	}
}

func TestUpdateKeepsTheGenerationAndCountsTheMetageneration(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), nil)
	o := s.bucket.Object("x")
	first := mustUpload(t, o, "x")
	s.clock.Advance(time.Hour)
	if _, err := o.Update(t.Context(), gcs.ObjectAttrsToUpdate{Metadata: map[string]string{"a": "1", "b": "2"}}); err != nil {
		t.Fatal(err)
	}
	got, err := o.Update(t.Context(), gcs.ObjectAttrsToUpdate{ContentType: "", CacheControl: "no-cache"})
	if err != nil {
		t.Fatal(err)
	}
	if got.Generation != first.Generation || got.Metageneration != 3 || !got.Created.Equal(start) || !got.Updated.Equal(start.Add(time.Hour)) {
		t.Errorf("after two updates: %+v", got)
	}
	if got.ContentType != "" || got.CacheControl != "no-cache" || len(got.Metadata) != 2 || download(t, o) != "x" {
		t.Errorf("properties %+v", got)
	}
	again := mustUpload(t, o, "y")
	if again.Generation <= first.Generation || again.Metageneration != 1 || len(again.Metadata) != 0 {
		t.Errorf("a new upload: %+v, want a new generation from the beginning", again)
	}
}

func TestOneOfManyAtOnceWins(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), nil)
	base := mustUpload(t, s.bucket.Object("shared"), "x")
	for name, do := range map[string]func(i int) error{
		"upload if it does not exist": func(i int) error {
			_, err := upload(t.Context(), s.bucket.Object("new").If(gcs.Conditions{DoesNotExist: true}), fmt.Sprint(i), i%2 == 0)
			return err
		},
		"update if nobody else did": func(i int) error {
			o := s.bucket.Object("shared").If(gcs.Conditions{MetagenerationMatch: base.Metageneration})
			_, err := o.Update(t.Context(), gcs.ObjectAttrsToUpdate{ContentType: fmt.Sprint(i)})
			return err
		},
	} {
		var won atomic.Int32
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				switch err := do(i); {
				case err == nil:
					won.Add(1)
				case status(err) != http.StatusPreconditionFailed:
					t.Errorf("%s: %v", name, err)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 {
			t.Errorf("%s: %d of 20 won, want 1", name, won.Load())
		}
	}
}

func TestPreconditionsOfXMLReads(t *testing.T) {
	t.Parallel()
	s := serve(t, t.TempDir(), nil)
	o := s.bucket.Object("x")
	g := mustUpload(t, o, "x").Generation
	for name, row := range map[string]struct {
		object *gcs.ObjectHandle
		status int
	}{
		"generation is":            {o.If(gcs.Conditions{GenerationMatch: g}), 0},
		"generation is another":    {o.If(gcs.Conditions{GenerationMatch: g + 1}), http.StatusPreconditionFailed},
		"metageneration is":        {o.If(gcs.Conditions{MetagenerationMatch: 1}), 0},
		"metageneration is not":    {o.If(gcs.Conditions{MetagenerationMatch: 2}), http.StatusPreconditionFailed},
		"this generation is there": {o.Generation(g), 0},
		"another one is not":       {o.Generation(g + 1), http.StatusNotFound},
	} {
		r, err := row.object.NewReader(t.Context())
		if status(err) != row.status || row.status == 0 && err != nil {
			t.Errorf("%s: %v, want %d", name, err, row.status)
		}
		if err == nil {
			_ = r.Close()
		}
	}
}
