package flow

import (
	"math/big"

	"sessionbridge.internal/shared/desk"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

// mediaOwed are the files of the session that were received or recorded, are stored, and are not on the agent's desk yet. What is
// made here, such as transcripts, is for those who look at every session. The mark has a bit for each file, by its place in the
// document, which stays: a session may have a hundred files, and hundreds of agents.
func mediaOwed(st *settings.Storage, d *store.Document, id store.ID, email string) (owed []pop) {
	if st == nil {
		return nil
	}
	mark := markFor(desk.Media, email)
	had, ok := new(big.Int).SetString(d.CRM.Done[mark], 16)
	if !ok {
		had = new(big.Int)
	}
	shown := new(big.Int).Set(had)
	for i := range d.Files {
		if f := &d.Files[i]; !f.Own() && len(f.Places) > 0 && had.Bit(i) == 0 {
			shown.SetBit(shown, i, 1)
			c := desk.Command{Kind: desk.Media, Session: id.Source + "/" + id.Key, File: f.ID, Media: f.Kind}
			owed = append(owed, pop{agent: email, mark: mark, command: c})
		}
	}
	for i := range owed {
		owed[i].what = shown.Text(16)
	}
	return owed
}
