package demo

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// tell shows a conversation as people read it.
func (k kustomerView) tell(w io.Writer, r conversationView) {
	line := func(what, text string) {
		if text != "" {
			fmt.Fprintf(w, "    %-11s %s\n", what, strings.ReplaceAll(text, "\n", "\n                "))
		}
	}
	fmt.Fprintf(w, "\n  %s\n", cmp.Or(r.text("name"), "(no name)"))
	line("customer", k.customer(r))
	line("status", r.text("status"))
	line("assigned to", strings.Join(k.assigned(r), ", "))
	line("tags", strings.Join(texts(r.Attributes["tags"]), ", "))
	custom, _ := r.Attributes["custom"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(custom)) {
		line("field", fmt.Sprintf("%s = %v", name, custom[name]))
	}
	for _, m := range r.Messages {
		line("message", fmt.Sprintf("%s %s, %s (%s)", m.text("channel"), m.text("direction"), m.text("preview"), m.text("externalId")))
	}
	for _, n := range r.Notes {
		line("note", n.text("body"))
	}
	for _, f := range k.files(r) {
		line("file", f)
	}
}

// customer is the number of the conversation's customer, or the id by which the contact centre knows them.
func (k kustomerView) customer(r conversationView) string {
	ids := r.related("customer")
	i := slices.IndexFunc(k.Customers, func(c recordView) bool { return slices.Contains(ids, c.ID) })
	if i < 0 {
		return ""
	}
	c := k.Customers[i]
	phones, _ := c.Attributes["phones"].([]any)
	for _, p := range phones {
		phone, _ := p.(map[string]any)
		return fmt.Sprint(phone["phone"])
	}
	return cmp.Or(c.text("externalId"), c.text("name"))
}

// assigned are the names of those to whom the conversation is assigned.
func (k kustomerView) assigned(r conversationView) (names []string) {
	for _, id := range texts(r.Attributes["assignedUsers"]) {
		for _, u := range k.Users {
			if u.ID == id {
				names = append(names, u.text("name"))
			}
		}
	}
	return names
}

// files are the names of those that are attached to the conversation's notes and messages and whose bytes have arrived.
func (k kustomerView) files(r conversationView) (names []string) {
	for _, in := range slices.Concat(r.Messages, r.Notes) {
		for _, id := range in.related("attachments") {
			for _, a := range k.Attachments {
				if a.ID == id && a.SHA256 != "" {
					names = append(names, fmt.Sprintf("%s (%s, %v bytes)", a.text("name"), a.text("contentType"), a.Attributes["contentLength"]))
				}
			}
		}
	}
	return names
}

// differs says what of a conversation is not as it must be.
func (k kustomerView) differs(w conversation, r conversationView) (wrong []string) {
	add := func(ok bool, format string, args ...any) {
		if !ok {
			wrong = append(wrong, fmt.Sprintf(format, args...))
		}
	}
	add(r.text("status") == "open", "its status is %q, not open", r.text("status"))
	who := k.customer(r)
	add(strings.HasSuffix(w.customer, who) && who != "", "its customer is %q, not %s", who, w.customer)
	add(slices.Equal(k.assigned(r), w.assigned), "it is assigned to %q, not to %q", k.assigned(r), w.assigned)
	var said []string
	for _, m := range r.Messages {
		said = append(said, m.text("externalId")+" "+m.text("direction"))
	}
	add(slices.Equal(said, w.said()), "its messages are %q, not %q", said, w.said())
	custom, _ := r.Attributes["custom"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(w.fields)) {
		got, want := custom[name], w.fields[name]
		add(got == want || want == present && got != nil, "its field %s is %v, not %v", name, got, want)
	}
	wrong = append(wrong, k.filesDiffer(w, r)...)
	return append(wrong, repeated(r.Notes)...)
}

func (k kustomerView) filesDiffer(w conversation, r conversationView) (wrong []string) {
	got := k.files(r)
	for _, end := range w.files {
		if !slices.ContainsFunc(got, func(f string) bool { return strings.Contains(f, end+" (") }) {
			wrong = append(wrong, fmt.Sprintf("it has no file whose name ends with %s: %q", end, got))
		}
	}
	return wrong
}

// repeated finds what is said twice.
func repeated(notes []recordView) (wrong []string) {
	seen := map[string]bool{}
	for _, n := range notes {
		if body := n.text("body"); seen[body] {
			wrong = append(wrong, "a note is there twice: "+body)
		}
		seen[n.text("body")] = true
	}
	if len(notes) == 0 {
		wrong = append(wrong, "it has no note")
	}
	return wrong
}

// texts are the texts of a JSON list.
func texts(list any) (all []string) {
	items, _ := list.([]any)
	for _, item := range items {
		if text, ok := item.(string); ok {
			all = append(all, text)
		}
	}
	return all
}
