package flow

import (
	"cmp"
	"path"
	"strings"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// ready are the session's files that the CRM may have: those that the company's storage has by now, or will not have.
func ready(set settings.Settings, d *store.Document) (all []session.Ready) {
	if set.CRM == nil {
		return nil
	}
	for i := range d.Files {
		f := &d.Files[i]
		if f.ID == store.TranscriptJSON || !settled(set.Storage, d, f) {
			continue
		}
		all = append(all, session.Ready{
			File: f.ID, Kind: f.Kind, Name: fileName(d, f), Type: f.Type, Size: f.Size, Version: f.Version,
			Link:     cmp.Or(f.Link, work.Link(set.Storage, d, f)),
			LinkOnly: set.Storage.SendsLinks() && set.Storage.Keeps(f.Kind),
		})
	}
	return all
}

// settled says whether storing is not to be waited for any more: it is done, given up, or not wanted.
func settled(st *settings.Storage, d *store.Document, f *store.File) bool {
	switch {
	case f.Own() && f.Version == "":
		return false // it is not made yet
	case !st.Keeps(f.Kind) || f.Dead || f.Own() && d.Metadata.Dead:
		return true
	}
	return !work.FileOwed(st, f)
}

// fileName is what people see: the name in the storage, or one like it.
func fileName(d *store.Document, f *store.File) string {
	for _, place := range f.Places {
		if place.Path != "" {
			return path.Base(place.Path)
		}
	}
	switch f.ID {
	case store.MetadataFile:
		return d.Session.Key + ".json"
	case store.TranscriptFile:
		return d.Session.Key + ".txt"
	}
	address, _, _ := strings.Cut(d.Origin(f.ID), "?")
	ending := path.Ext(address)
	if len(ending) < 2 || len(ending) > 6 {
		ending = endings[f.Kind]
	}
	return d.Session.Key + "-" + f.ID + ending
}

// endings are the documented ones of what is mostly recorded.
var endings = map[string]string{
	settings.Recordings: ".mp3", settings.Voicemails: ".mp3", settings.Photos: ".jpg", settings.Videos: ".mp4",
}
