package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"sessionbridge.internal/shared/places"
	"sessionbridge.internal/shared/schedule"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/settings/form"
	"sessionbridge.internal/shared/work"
)

// secrets looks whether every secret that the settings name has a value.
func (d *Doctor) secrets(set settings.Settings) (all []check) {
	for path, value := range texts(set) {
		if !strings.HasPrefix(value, "secret://") {
			continue
		}
		all = append(all, check{"Secret", path, func(context.Context) finding {
			if _, err := d.Signer.Secret(path, value); err != nil {
				return broken(err.Error(), "Create the secret in Secret Manager and mount it in the functions, or write another name here.")
			}
			return fine("It has a value.")
		}})
	}
	return all
}

// texts are the texts of the settings, by path, in the paths' order.
func texts(set settings.Settings) func(yield func(path, text string) bool) {
	doc, _ := json.Marshal(set) // they were read from such a document
	changes, _ := form.Diff([]byte("{}"), doc)
	return func(yield func(path, text string) bool) {
		for _, c := range changes {
			var text string
			if json.Unmarshal([]byte(c.After), &text) == nil && !yield(c.Path, text) {
				return
			}
		}
	}
}

// queues looks whether the queues are there on which work waits for its time.
func (d *Doctor) queues(set settings.Settings) (all []check) {
	one := func(queue, path string) check {
		return check{"Queue " + queue, path, func(ctx context.Context) finding {
			switch err := d.Tasks.Check(ctx, queue); {
			case errors.Is(err, schedule.ErrNoQueue):
				return broken("The queue is not there.", "Create it in Cloud Tasks, or name another one. Saving settings with a rate creates the CRM's.")
			case errors.Is(err, schedule.ErrPaused):
				return broken("The queue is paused.", "Resume it in Cloud Tasks: nothing on it is done.")
			case err != nil:
				return broken(err.Error(), "See whether the console's service account may read queues (roles/cloudtasks.viewer).")
			}
			return fine("It is there and runs.")
		}}
	}
	if set.CRM != nil {
		all = append(all, one(set.CRM.Queue, "crm.queue"))
	}
	for _, queue := range slices.Compact(slices.Sorted(slices.Values(d.Queues))) {
		all = append(all, one(queue, ""))
	}
	return all
}

// storage writes a small file into each place, and takes it away.
func (d *Doctor) storage(set settings.Settings) (all []check) {
	if set.Storage == nil {
		return nil
	}
	one := func(name, path, mend string) check {
		return check{"Files are written to " + name, path, func(ctx context.Context) finding {
			switch err := d.Places.Check(ctx, set.Storage, name); {
			case errors.Is(err, places.ErrKept):
				return finding{Warning, err.Error(), "Files are stored; a retention policy or missing rights keep what was tried with."}
			case err != nil:
				return broken(err.Error(), mend)
			}
			return fine("A small file was written, and taken away.")
		}}
	}
	for _, name := range work.Places(set.Storage) {
		if name == work.Bucket {
			all = append(all, one(name, "storage.bucket", "Give the functions' service account roles/storage.objectUser on the bucket, or correct its name."))
			continue
		}
		all = append(all, one(name, "storage.sftp", "Mend what the reason names: the address, a host key, the sign-in, or the rights in the folder."))
	}
	return all
}
