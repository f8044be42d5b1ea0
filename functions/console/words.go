package console

import (
	"fmt"
	"html/template"
	"net/url"
	"strconv"
	"strings"
	"time"

	"sessionbridge.internal/shared/session"
	"sessionbridge.internal/shared/settings/form"
	"sessionbridge.internal/shared/store"
	"sessionbridge.internal/shared/work"
)

// words are what templates write with.
var words = template.FuncMap{
	"words":    plain,
	"tone":     toneOf,
	"utc":      utc,
	"iso":      iso,
	"size":     sizeOf,
	"span":     spanOf,
	"url":      sessionURL,
	"home":     tenantURL,
	"api":      func(tenant, rest string) string { return "/console/api/tenants/" + url.PathEscape(tenant) + "/" + rest },
	"step":     stepName,
	"work":     workName,
	"verdict":  verdictName,
	"nav":      navOf,
	"reach":    func(name string, r store.Reach) side { return side{name, r} },
	"settings": settingsURL,
	"field":    fieldOf,
	"heading":  heading,
	"sentence": form.Sentence,
	"part":     settingURL,
	"replay":   func(tenant, source, key string) string { return actURL(tenant, source, key, "replay") },
	"choose":   func(tenant, source, key string) string { return actURL(tenant, source, key, "choose") },
	"erase":    eraseURL,
	"rows":     func(f frame, rows any) rowsView { return rowsView{f, rows} },
}

// place is one link of the navigation.
type place struct {
	Home, Path, Label string
	Current           bool
}

func navOf(f frame, here, path, label string) place {
	return place{tenantURL(f.Tenant), path, label, f.Here == here}
}

// side is one side of the agents' states, and whether it can be read.
type side struct {
	Name string
	store.Reach
}

// rowsView is a list of sessions with the page that it is part of.
type rowsView struct {
	frame
	Rows any
}

// plain writes a name of the model for people: wrap_up becomes "wrap up". It takes any of the model's kinds of text.
func plain(name any) string { return strings.ReplaceAll(fmt.Sprint(name), "_", " ") }

// tones are what a word's colour says; the word itself says it to whoever does not see colours.
var tones = map[string]string{
	"done": "good", "completed": "good", "complete": "good", "finished": "good", "stored": "good", "logged_in": "good", "available": "good",
	"ringing": "busy", "connected": "busy", "held": "busy", "queued": "busy", "pending": "busy", "running": "busy", "scheduled": "busy",
	"wrap_up": "busy", "in_progress": "busy", "voicemail": "busy",
	"waiting": "warn", "abandoned": "warn", "missed": "warn", "paused": "warn", "deflected": "warn",
	"dead": "bad", "failed": "bad", "forgotten": "bad", "missing": "bad",
}

func toneOf(name any) string { return tones[strings.ToLower(fmt.Sprint(name))] }

func utc(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") }

func iso(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// sizeOf writes bytes.
func sizeOf(n int64) string {
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%d B", n)
	case n < 1<<20:
		return fmt.Sprintf("%.1f KiB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
}

// spanOf writes seconds as a person would: two units at most.
func spanOf(seconds *int) string {
	if seconds == nil {
		return ""
	}
	n := *seconds
	switch {
	case n < 60:
		return strconv.Itoa(n) + " s"
	case n < 3600:
		return fmt.Sprintf("%d min %d s", n/60, n%60)
	}
	return fmt.Sprintf("%d h %d min", n/3600, n%3600/60)
}

// stepName is a step for people: comments about what may happen again have a digest behind their name, and uploads a
// file's id.
func stepName(step string) string {
	name, rest, _ := strings.Cut(step, ":")
	if i := strings.LastIndexByte(name, '_'); strings.HasPrefix(name, "comment_") && i > len("comment") {
		name = name[:i]
	}
	return strings.TrimSpace(plain(name) + " " + rest)
}

// workName is a kind of work for people.
func workName(kind string) string {
	switch {
	case kind == work.CRM:
		return "CRM"
	case kind == work.Metadata:
		return "Metadata, transcript and mail"
	case kind == work.Quality:
		return "Quality management"
	case strings.HasPrefix(kind, "file"):
		return "File"
	}
	return plain(kind)
}

// verdictName is what came of an attempt, for people.
func verdictName(v store.Verdict) string {
	switch v {
	case store.Done:
		return "done"
	case store.Waiting:
		return "tried again"
	case store.Dead:
		return "given up"
	}
	return plain(v)
}

// happened says for people what an event reports.
var happened = map[session.Kind]string{
	session.Started: "Began", session.Ringing: "Offered", session.Connected: "Connected", session.Held: "On hold",
	session.Resumed: "Back from hold", session.Muted: "Muted", session.Unmuted: "Unmuted",
	session.Redacted: "Recording paused", session.Unredacted: "Recording goes on", session.Transferred: "Transferred",
	session.Conferenced: "Conference", session.ParticipantJoined: "Joined", session.ParticipantLeft: "Left",
	session.MessageSent: "Message", session.MenuSelected: "Queue chosen", session.Verified: "Identity proven",
	session.CustomData: "Data attached", session.SmartAction: "Smart action", session.Cobrowse: "Screen shared",
	session.FileReady: "File announced", session.Rated: "Rated", session.SurveyAnswered: "Survey answered",
	session.Dispositioned: "Disposition", session.Ended: "Ended", session.WrapUp: "Wrap-up", session.Finished: "Finished",
	session.AgentAssist: "Agent Assist on", session.RecordPop: "Record shown", session.RecordChanged: "Record changed in the CRM",
	session.AgentLogin: "Agent logged in", session.AgentPause: "Agent paused", session.AgentState: "Agent's state",
	session.AgentLogout: "Agent logged out", session.Unknown: "Not understood", session.Snapshot: "Report of the whole session",
}
