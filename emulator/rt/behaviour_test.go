package rt_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"testing"

	"sessionbridge.internal/emulator/rt"
)

// What the preset relies on and defends against, shown on Request Tracker itself, without any of our code between.

// object is shorter to write than its type.
type object = map[string]any

func send(t *testing.T, c rt.Client, method, path string, body any) rt.Answer {
	t.Helper()
	answer, err := c.Send(patience(t), method, path, body)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// create makes something and returns its id, which only the Location has as a number.
func create(t *testing.T, c rt.Client, where string, body any) (id string) {
	t.Helper()
	answer := send(t, c, "POST", where, body)
	if answer.Status != http.StatusCreated {
		t.Fatalf("POST %s: %d %s", where, answer.Status, answer.Body)
	}
	return path.Base(answer.Location)
}

func createUser(t *testing.T, c rt.Client, name, phone string) (id string) {
	t.Helper()
	return create(t, c, "/user", object{"Name": name, "MobilePhone": phone, "CustomFields": object{"ccai_phone": phone}})
}

func TestWhatThePresetReliesOn(t *testing.T) {
	t.Parallel()
	s := start(t)
	for name, test := range map[string]func(*testing.T, *rt.Server){
		"a field nobody knows finds everybody":                 unknownFields,
		"an unescaped quote breaks the search for a user":      quotesInJSON,
		"an unescaped quote in TicketSQL finds other tickets":  quotesInTicketSQL,
		"the number of what was created is in the Location":    locations,
		"custom fields are nested, and come back in any order": customFields,
		"what is there already is in use":                      inUse,
		"refusals":                                             refusals,
		"the answer to an update repeats the subject":          repeatedSubject,
		"files": files,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, s)
		})
	}
}

// The reason for the checks of every hit: a mistake in a field's name is no error.
func unknownFields(t *testing.T, s *rt.Server) {
	c := s.Client()
	createUser(t, c, "stranger", "+15550900001")
	for _, query := range []string{
		`[{"field":"CustomField.{ccai_phon}","value":"+15550900002"}]`,
		`[{"field":"MobilePhone","value":"+15550900002"}]`, // which has a value and cannot be searched by
		`[{"field":"EmailAddress"}]`,
		`{}`,
	} {
		answer := send(t, c, "GET", "/users?query="+url.QueryEscape(query)+"&fields=Name&per_page=100", nil)
		if answer.Status != http.StatusOK || !strings.Contains(answer.Body, `"stranger"`) || !strings.Contains(answer.Body, `"root"`) {
			t.Errorf("%s answers %d %s; want everybody", query, answer.Status, answer.Body)
		}
	}
	found, err := c.Users(patience(t), "CustomField.{ccai_phone}", "+15550900002")
	if err != nil || len(found) != 0 {
		t.Errorf("a number that nobody has finds %v, %v", found, err)
	}
}

func quotesInJSON(t *testing.T, s *rt.Server) {
	c, name := s.Client(), `Kim "K" \ {NAME} O'Brien`
	createUser(t, c, name, "+15550900011")
	if found, err := c.Users(patience(t), "Name", name); err != nil || len(found) != 1 || found[0].Name != name {
		t.Errorf("escaped as JSON it finds %+v, %v", found, err)
	}
	unescaped := `[{"field":"Name","value":"` + name + `"}]`
	if answer := send(t, c, "GET", "/users?query="+url.QueryEscape(unescaped), nil); answer.Status != http.StatusInternalServerError || answer.Body != "" {
		t.Errorf("unescaped it answers %d %q", answer.Status, answer.Body)
	}
	// A second condition on the same field is another chance to be found.
	injected := `[{"field":"Name","value":"nobody at all"},{"field":"Name","value":"root"}]`
	if answer := send(t, c, "GET", "/users?query="+url.QueryEscape(injected)+"&fields=Name", nil); !strings.Contains(answer.Body, `"root"`) {
		t.Errorf("an injected condition finds %s, not root", answer.Body)
	}
}

func quotesInTicketSQL(t *testing.T, s *rt.Server) {
	c := s.Client()
	ticket := func(session string) string {
		return create(t, c, "/ticket", object{"Queue": "General", "Subject": "quotes", "CustomFields": object{"ccai_session": session}})
	}
	hostile := []string{`x' OR id > 0 OR Subject = 'x`, `x\`, `x\' OR id > 0 OR Subject = \'x`, `" OR id > 0`, `x') OR (id > 0`}
	ids := map[string]string{}
	for _, h := range hostile {
		ids[h] = ticket(h)
	}
	for _, h := range hostile {
		found, err := c.Tickets(patience(t), "CF.{ccai_session} = '"+strings.NewReplacer(`\`, `\\`, `'`, `\'`, `"`, `\"`).Replace(h)+"'")
		if err != nil || len(found) != 1 || fmt.Sprint(found[0].ID) != ids[h] {
			t.Errorf("escaped, %s finds %+v, %v; want ticket %s alone", h, found, err, ids[h])
		}
	}
	if found, err := c.Tickets(patience(t), "CF.{ccai_session} = '"+hostile[0]+"'"); err != nil || len(found) < len(hostile) {
		t.Errorf("unescaped it finds %d tickets, %v; want all of them", len(found), err)
	}
	if found, err := c.Tickets(patience(t), "CF.{ccai_sessio} = 'x'"); err != nil || len(found) != 0 {
		t.Errorf("a custom field that nobody knows finds %d tickets, %v; want none", len(found), err)
	}
}

func locations(t *testing.T, s *rt.Server) {
	c := s.Client()
	answer := send(t, c, "POST", "/user", object{"Name": "located", "MobilePhone": "+15550900021"})
	if answer.Status != http.StatusCreated || !strings.HasPrefix(answer.Location, "/REST/2.0/user/") || !strings.Contains(answer.Body, `"id":"located"`) {
		t.Fatalf("a created user is answered with %+v; want a number in the Location and the name in the body", answer)
	}
	user := path.Base(answer.Location)
	found, err := c.Users(patience(t), "Name", "located")
	if err != nil || len(found) != 1 || fmt.Sprint(found[0].ID) != user {
		t.Errorf("with fields=id the search finds %+v, %v; want %s", found, err, user)
	}
	ticket := create(t, c, "/ticket", object{"Queue": "General", "Subject": "located", "Requestor": user})
	tickets, err := c.Tickets(patience(t), "Requestor.id = '"+user+"' AND Status = '__Active__'")
	if err != nil || len(tickets) != 1 || fmt.Sprint(tickets[0].ID) != ticket || !slices.Equal(tickets[0].Requestors(), []string{user}) {
		t.Errorf("the user %s has the tickets %+v, %v; want %s", user, tickets, err, ticket)
	}
	comment := send(t, c, "POST", "/ticket/"+ticket+"/comment", object{"Content": "x", "ContentType": "text/plain"})
	if comment.Status != http.StatusCreated || !strings.HasPrefix(comment.Location, "/REST/2.0/transaction/") {
		t.Errorf("a comment is answered with %+v", comment)
	}
}

func customFields(t *testing.T, s *rt.Server) {
	c := s.Client()
	id := create(t, c, "/ticket", object{"Queue": "General", "Subject": "fields",
		"CustomFields": object{"ccai_session": "call-900", "ccai_channel": "voice_call", "nobody_knows": "x"}})
	send(t, c, "PUT", "/ticket/"+id, object{"CustomFields": object{"ccai_duration": "05:10"}})
	found, err := c.Tickets(patience(t), "id = "+id)
	if err != nil || len(found) != 1 {
		t.Fatalf("%v, %v", found, err)
	}
	for name, want := range map[string]string{"ccai_session": "call-900", "ccai_channel": "voice_call", "ccai_duration": "05:10", "nobody_knows": ""} {
		if got := found[0].Field(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	// Who sends them as anything but an object keyed by name gets nothing but a status.
	list := object{"Queue": "General", "Subject": "fields", "CustomFields": []object{{"name": "ccai_session", "values": []string{"x"}}}}
	if answer := send(t, c, "POST", "/ticket", list); answer.Status != http.StatusInternalServerError {
		t.Errorf("a list of custom fields is answered with %d %s", answer.Status, answer.Body)
	}
}

func inUse(t *testing.T, s *rt.Server) {
	c := s.Client()
	id := create(t, c, "/user", object{"Name": "taken", "EmailAddress": "taken@rt.test"})
	wantUse := func(when string) {
		for what, body := range map[string]object{
			"Name in use":          {"Name": "taken"},
			"Email address in use": {"Name": "other", "EmailAddress": "taken@rt.test"},
		} {
			if answer := send(t, c, "POST", "/user", body); answer.Status != http.StatusBadRequest || !strings.Contains(answer.Body, what) {
				t.Errorf("%s: %d %s, want 400 %s", when, answer.Status, answer.Body, what)
			}
		}
	}
	wantUse("while the user is there")
	if answer := send(t, c, "DELETE", "/user/"+id, nil); answer.Status != http.StatusNoContent {
		t.Fatalf("disabling: %d %s", answer.Status, answer.Body)
	}
	wantUse("while the user is disabled")
	if found, err := c.Users(patience(t), "Name", "taken"); err != nil || len(found) != 0 {
		t.Errorf("a disabled user is found: %v, %v", found, err)
	}
}

// refusal is by which the preset knows a refusal within a list of sentences.
const refusal = `': Permission Denied`

func refusals(t *testing.T, s *rt.Server) {
	c := s.Client()
	user := createUser(t, c, "refused", "+15550900031")
	ticket := create(t, c, "/ticket", object{"Queue": "General", "Subject": "refusals"})
	text := object{"Content": "x", "ContentType": "text/plain"}
	for name, tt := range map[string]struct {
		who          rt.Client
		method, path string
		body         object
		status       int
		says         string
	}{
		"who may not create users":       {s.As("limited"), "POST", "/user", object{"Name": "x"}, 400, "Permission Denied"},
		"who may not create tickets":     {s.As("limited"), "POST", "/ticket", object{"Queue": "General"}, 403, "No permission to create tickets"},
		"who may not see a ticket":       {s.As("limited"), "PUT", "/ticket/" + ticket, object{"Subject": "x"}, 403, "Forbidden"},
		"who may not comment":            {s.As("limited"), "POST", "/ticket/" + ticket + "/comment", text, 400, "Permission Denied"},
		"who may not change fields":      {s.As("clerk"), "PUT", "/ticket/" + ticket, object{"CustomFields": object{"ccai_agent": "x"}}, 200, refusal},
		"who may not change a user":      {s.As("clerk"), "PUT", "/user/" + user, object{"RealName": "x"}, 200, ": Permission Denied"},
		"a queue that is not there":      {c, "POST", "/ticket", object{"Queue": "Nowhere"}, 403, "No permission to create tickets"},
		"a ticket that is not there":     {c, "POST", "/ticket/99999/comment", text, 400, "Message could not be recorded"},
		"a status that is not there":     {c, "PUT", "/ticket/" + ticket, object{"Status": "nope"}, 200, "isn't a valid status"},
		"a property that is not there":   {c, "POST", "/user", object{"Name": "x", "Nope": "x"}, 400, "Could not create user"},
		"a token that is not there":      {rt.Client{URL: s.URL, Authorization: "token 1-2-3"}, "POST", "/user", object{"Name": "x"}, 401, "Unauthorized"},
		"the method of other systems":    {c, "PATCH", "/ticket/" + ticket, object{"Subject": "x"}, 501, ""},
		"a comment without its own type": {c, "POST", "/ticket/" + ticket + "/comment", object{"Content": "x"}, 400, "ContentType is a required field"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if answer := send(t, tt.who, tt.method, tt.path, tt.body); answer.Status != tt.status || !strings.Contains(answer.Body, tt.says) {
				t.Errorf("%d %s, want %d %s", answer.Status, answer.Body, tt.status, tt.says)
			}
		})
	}
}

// The answer to an update repeats the subject, so the words of a refusal alone must not count as one.
func repeatedSubject(t *testing.T, s *rt.Server) {
	c := s.Client()
	ticket := create(t, c, "/ticket", object{"Queue": "General", "Subject": "forged"})
	for _, subject := range []string{`Permission Denied`, `x: Permission Denied`} {
		answer := send(t, c, "PUT", "/ticket/"+ticket, object{"Subject": subject})
		if answer.Status != http.StatusOK || strings.Contains(answer.Body, refusal) || !strings.Contains(answer.Body, subject) {
			t.Errorf("the subject %s is answered with %d %s", subject, answer.Status, answer.Body)
		}
	}
}

func files(t *testing.T, s *rt.Server) {
	c, content := s.Client(), []byte{0, 255, 10, 13, 'x'}
	ticket := func() string { return create(t, c, "/ticket", object{"Queue": "General", "Subject": "files"}) }
	want := func(t *testing.T, id, name string) {
		t.Helper()
		comments, err := c.Comments(patience(t), number(t, id))
		if err != nil || len(comments) != 1 || comments[0].Text != "a recording" || len(comments[0].Files) != 1 {
			t.Fatalf("the ticket has %+v, %v", comments, err)
		}
		if f := comments[0].Files[0]; f.Name != name || f.Type != "audio/mpeg" || !bytes.Equal(f.Content, content) {
			t.Errorf("the file is %+v", f)
		}
	}
	t.Run("base64", func(t *testing.T) {
		t.Parallel()
		id := ticket()
		create(t, c, "/ticket/"+id+"/comment", object{"Content": "a recording", "ContentType": "text/plain", "Attachments": []object{
			{"FileName": "call-1.mp3", "FileType": "audio/mpeg", "FileContent": base64.StdEncoding.EncodeToString(content)}}})
		want(t, id, "call-1.mp3")
	})
	t.Run("base64 with a name beyond ASCII", func(t *testing.T) {
		t.Parallel()
		answer := send(t, c, "POST", "/ticket/"+ticket()+"/comment", object{"Attachments": []object{
			{"FileName": "☎.mp3", "FileType": "audio/mpeg", "FileContent": "eA=="}}})
		if answer.Status != http.StatusInternalServerError {
			t.Errorf("it answers %d %s", answer.Status, answer.Body)
		}
	})
	t.Run("multipart, with any name", func(t *testing.T) {
		t.Parallel()
		id := ticket()
		contentType, body := form(t, "Attachments", "é☎.mp3", content)
		answer, err := c.SendAs(patience(t), "POST", "/ticket/"+id+"/comment", contentType, body)
		if err != nil || answer.Status != http.StatusCreated {
			t.Fatalf("%+v, %v", answer, err)
		}
		want(t, id, "é☎.mp3")
	})
	t.Run("multipart whose part has another name is lost", func(t *testing.T) {
		t.Parallel()
		id := ticket()
		contentType, body := form(t, "file", "call-1.mp3", content)
		answer, err := c.SendAs(patience(t), "POST", "/ticket/"+id+"/comment", contentType, body)
		if err != nil || answer.Status != http.StatusCreated {
			t.Fatalf("%+v, %v", answer, err)
		}
		if comments, err := c.Comments(patience(t), number(t, id)); err != nil || len(comments) != 1 || len(comments[0].Files) != 0 {
			t.Errorf("the ticket has %+v, %v", comments, err)
		}
	})
}

// form is a multipart body with the part JSON, which must be there, and a file.
func form(t *testing.T, part, name string, content []byte) (contentType string, body []byte) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	text, err := w.CreateFormField("JSON")
	if err == nil {
		_, err = text.Write([]byte(`{"Content":"a recording","ContentType":"text/plain"}`))
	}
	if err != nil {
		t.Fatal(err)
	}
	header := map[string][]string{
		"Content-Disposition": {fmt.Sprintf(`form-data; name=%q; filename="%s"`, part, name)},
		"Content-Type":        {"audio/mpeg"},
	}
	file, err := w.CreatePart(header)
	if err == nil {
		_, err = file.Write(content)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), b.Bytes()
}

func number(t *testing.T, id string) (n int64) {
	t.Helper()
	if _, err := fmt.Sscan(id, &n); err != nil {
		t.Fatal(err)
	}
	return n
}
