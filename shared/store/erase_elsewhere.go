package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"cloud.google.com/go/firestore"
	"google.golang.org/api/iterator"

	"sessionbridge.internal/shared/desk"
	"sessionbridge.internal/shared/files"
	"sessionbridge.internal/shared/session"
)

// asidePage is how many messages that were set aside are looked through at a time.
const asidePage = 250

// ForgetElsewhere deletes what other documents than the session's, and those below it, keep of it: agents' positions, the
// desks of those who took part, and messages that were set aside. Done twice it is as done once.
func (s *Store) ForgetElsewhere(ctx context.Context, id ID, d *Document) error {
	events, err := s.eventsOf(ctx, id, d)
	if err != nil {
		return err
	}
	for _, key := range positionsOf(d, events) {
		if err := s.forgetAt(ctx, ID{id.Tenant, id.Source, key}, id.Key); err != nil {
			return fmt.Errorf("store: a position forgetting a session: %w", err)
		}
	}
	for _, agent := range agentsOf(d, events) {
		if err := s.forgetOn(ctx, id, agent); err != nil {
			return fmt.Errorf("store: a desk forgetting a session: %w", err)
		}
	}
	return s.forgetAside(ctx, id)
}

// eventsOf are all of the session's events, with those that its document had no room for.
func (s *Store) eventsOf(ctx context.Context, id ID, d *Document) ([]session.Event, error) {
	if d.Session.Overflow == 0 {
		return d.Session.Events, nil
	}
	ref, err := s.session(id)
	if err != nil {
		return nil, err
	}
	more, err := events(ref.Collection("overflow").Limit(maxMessages).Documents(ctx))
	if err != nil {
		return nil, fmt.Errorf("store: a session's other events: %w", err)
	}
	return slices.Concat(d.Session.Events, more), nil
}

// positionsOf are the keys of the positions that have any of the session's events.
func positionsOf(d *Document, events []session.Event) (keys []string) {
	for i := range events {
		keys = append(keys, events[i].Position())
	}
	for i := range d.Session.Attached {
		keys = append(keys, d.Session.Attached[i].Position)
	}
	slices.Sort(keys)
	return slices.DeleteFunc(slices.Compact(keys), func(key string) bool { return key == "" })
}

// agentsOf are the mail addresses of the session's agents, and of those it was offered.
func agentsOf(d *Document, events []session.Event) (emails []string) {
	for _, a := range d.Session.Agents {
		emails = append(emails, a.Email)
	}
	for i := range events {
		e := &events[i]
		emails = append(emails, e.ToldBy)
		if e.Agent != nil {
			emails = append(emails, e.Agent.Email)
		}
	}
	for i, email := range emails {
		emails[i] = strings.ToLower(strings.TrimSpace(email))
	}
	slices.Sort(emails)
	return slices.DeleteFunc(slices.Compact(emails), func(email string) bool { return email == "" })
}

// forgetAt takes the session out of a position, where there is one.
func (s *Store) forgetAt(ctx context.Context, position ID, key string) error {
	t, err := s.tenant(position.Tenant)
	if err != nil {
		return err
	}
	snap, err := get(ctx, t.Collection("positions").Doc(docID(position.Source+":"+position.Key)), new(positionRow))
	if err != nil || !snap.Exists() {
		return err
	}
	_, err = s.UpdatePosition(ctx, position, func(p session.Position) session.Position { return p.Without(key) })
	return err
}

// forgetOn takes the session off the agent's desk, where there is one.
func (s *Store) forgetOn(ctx context.Context, id ID, agent string) error {
	d, err := s.Desk(ctx, id.Tenant, agent)
	if err != nil || len(d.Commands) == 0 {
		return err
	}
	return s.UpdateDesk(ctx, id.Tenant, agent, func(d desk.Desk) (desk.Desk, error) {
		return d.Without(id.Source + "/" + id.Key), nil
	})
}

// forgetAside deletes the messages of the session that were set aside: events, found by their tenant, and news of uploads, which
// are named as Cloud Storage does it.
func (s *Store) forgetAside(ctx context.Context, id ID) error {
	c, err := s.client.Get()
	if err != nil {
		return err
	}
	uploads := files.Upload{Tenant: id.Tenant, Source: id.Source, Session: id.Key}.Prefix()
	aside := c.Collection("poison")
	for _, q := range []firestore.Query{
		aside.Where("attributes.tenant", "==", id.Tenant),
		aside.Where("attributes.objectId", ">=", uploads).Where("attributes.objectId", "<", strings.TrimSuffix(uploads, "/")+"0"), // 0 is behind the slash
	} {
		if err := s.forgetAll(ctx, q.Limit(asidePage), id); err != nil {
			return fmt.Errorf("store: forgetting what was set aside of a session: %w", err)
		}
	}
	return nil
}

// forgetAll deletes those of the messages that are of the session, a page at a time: there is an end to them, as each is kept for
// AsideKept.
func (s *Store) forgetAll(ctx context.Context, q firestore.Query, id ID) error {
	for page, more := q, true; more; {
		read, refs, last, err := asideOf(page.Documents(ctx), id)
		if err == nil && len(refs) > 0 {
			err = s.deleteAll(ctx, refs)
		}
		if err != nil {
			return err
		}
		if more = read == asidePage; more {
			page = q.StartAfter(last)
		}
	}
	return nil
}

// asideOf reads the messages, one of which is in memory at a time: how many they are, those that are of the session, and the last.
func asideOf(it *firestore.DocumentIterator, id ID) (read int, refs []*firestore.DocumentRef, last *firestore.DocumentSnapshot, err error) {
	defer it.Stop()
	for {
		snap, err := it.Next()
		if errors.Is(err, iterator.Done) {
			return read, refs, last, nil
		}
		if err != nil {
			return 0, nil, nil, err
		}
		var p Poison
		if err := snap.DataTo(&p); err != nil {
			return 0, nil, nil, err
		}
		if p.isOf(id) {
			refs = append(refs, snap.Ref)
		}
		read, last = read+1, snap
	}
}

// isOf says whether the message is of the session. Of one that cannot be read it is enough that it quotes the session's key.
func (p *Poison) isOf(id ID) bool {
	if u, err := files.ParseUpload(p.Attributes["objectId"]); err == nil {
		return u.Tenant == id.Tenant && u.Source == id.Source && u.Session == id.Key
	}
	var events []session.Event
	if json.Unmarshal(p.Data, &events) == nil && len(events) > 0 {
		return events[0].Source == id.Source && events[0].Session == id.Key
	}
	quoted, err := json.Marshal(id.Key)
	return err == nil && p.Attributes["source"] == id.Source && bytes.Contains(p.Data, quoted)
}
