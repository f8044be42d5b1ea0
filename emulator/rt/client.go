package rt

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Client speaks REST 2 (docs.bestpractical.com/rt/5.0.3/RT/REST2.html), to see what arrived and to try what the preset
// relies on.
type Client struct {
	URL           string
	Authorization string // the header's value
}

// User is an account.
type User struct {
	ID       int64  `json:"id"`
	Name     string `json:"Name"`
	RealName string `json:"RealName"`
	Email    string `json:"EmailAddress"`
	Phone    string `json:"MobilePhone"`
}

// Ticket is a record. Its first text is the first of its Comments.
type Ticket struct {
	ID        int64  `json:"id"`
	Subject   string `json:"Subject"`
	Status    string `json:"Status"`
	Requestor []struct {
		ID json.Number `json:"id"`
	} `json:"Requestor"`
	CustomFields []struct {
		Name   string   `json:"name"`
		Values []string `json:"values"`
	} `json:"CustomFields"`
}

// Requestors are the ids of the users whose ticket it is.
func (t Ticket) Requestors() (ids []string) {
	for _, r := range t.Requestor {
		ids = append(ids, r.ID.String())
	}
	return ids
}

// Field is the value of a custom field; empty where there is none.
func (t Ticket) Field(name string) string {
	for _, f := range t.CustomFields {
		if f.Name == name {
			return strings.Join(f.Values, ", ")
		}
	}
	return ""
}

// Comment is what somebody noted in a ticket.
type Comment struct {
	Text  string
	Files []File
}

// File is an attachment of a comment.
type File struct {
	Name, Type string
	Content    []byte
}

// Users finds users by a field that equals the value. It is the caller who must know that the field can be searched by.
func (c Client) Users(ctx context.Context, field, value string) (found []User, err error) {
	query, err := json.Marshal([]map[string]string{{"field": field, "value": value}})
	if err != nil {
		return nil, err
	}
	err = c.list(ctx, "/users", url.Values{"query": {string(query)}, "fields": {"id,Name,RealName,EmailAddress,MobilePhone"}}, &found)
	return found, err
}

// Tickets finds tickets by a query in TicketSQL, the oldest first.
func (c Client) Tickets(ctx context.Context, query string) (found []Ticket, err error) {
	err = c.list(ctx, "/tickets", url.Values{"query": {query}, "orderby": {"id"},
		"fields": {"id,Subject,Status,Requestor,CustomFields"}, "fields[Requestor]": {"id"}}, &found)
	return found, err
}

// Description is the text with which a ticket was created.
func (c Client) Description(ctx context.Context, ticket int64) (string, error) {
	created, err := c.history(ctx, ticket, "Create")
	if err != nil {
		return "", err
	}
	if len(created) != 1 {
		return "", fmt.Errorf("rt: ticket %d has %d descriptions", ticket, len(created))
	}
	return created[0].Text, nil
}

// Comments are what was noted in a ticket, the oldest first.
func (c Client) Comments(ctx context.Context, ticket int64) ([]Comment, error) {
	return c.history(ctx, ticket, "Comment")
}

// history is what a ticket's transactions of one type say.
func (c Client) history(ctx context.Context, ticket int64, kind string) (found []Comment, err error) {
	var transactions []struct {
		ID     json.Number `json:"id"`
		Type   string      `json:"Type"`
		Object string      `json:"type"` // "transaction"; without this field it would be taken for the other
	}
	path := fmt.Sprintf("/ticket/%d/history", ticket)
	if err := c.list(ctx, path, url.Values{"fields": {"Type"}}, &transactions); err != nil {
		return nil, err
	}
	for _, t := range transactions {
		if t.Type != kind {
			continue
		}
		comment, err := c.comment(ctx, t.ID.String())
		if err != nil {
			return nil, err
		}
		found = append(found, comment)
	}
	return found, nil
}

// comment puts a transaction's parts together: containers, a text, and files, which alone have names.
func (c Client) comment(ctx context.Context, transaction string) (found Comment, err error) {
	var parts []struct {
		ID json.Number `json:"id"`
	}
	if err := c.list(ctx, "/transaction/"+transaction+"/attachments", nil, &parts); err != nil {
		return found, err
	}
	for _, p := range parts {
		var part struct {
			Filename, ContentType string
			Content               []byte // base64, with line breaks
		}
		answer, err := c.Send(ctx, http.MethodGet, "/attachment/"+p.ID.String(), nil)
		if err == nil {
			err = answer.decode(&part)
		}
		switch {
		case err != nil:
			return found, err
		case part.Filename != "":
			found.Files = append(found.Files, File{part.Filename, part.ContentType, part.Content})
		case strings.HasPrefix(part.ContentType, "text/"):
			found.Text += string(part.Content)
		}
	}
	return found, nil
}

// most is how many items are asked for: as many as there are on one page.
const most = "100"

// list reads the items of a search.
func (c Client) list(ctx context.Context, path string, query url.Values, items any) error {
	if query == nil {
		query = url.Values{}
	}
	query.Set("per_page", most)
	answer, err := c.Send(ctx, http.MethodGet, path+"?"+query.Encode(), nil)
	if err != nil {
		return err
	}
	page := struct {
		Items any `json:"items"`
	}{items}
	return answer.decode(&page)
}

// Answer is what the server answered.
type Answer struct {
	Status   int
	Location string // a path without scheme and host; empty where there is none
	Body     string
}

func (a Answer) decode(v any) error {
	if a.Status != http.StatusOK {
		return fmt.Errorf("rt: %d %s", a.Status, a.Body)
	}
	if err := json.Unmarshal([]byte(a.Body), v); err != nil {
		return fmt.Errorf("rt: %w", err)
	}
	return nil
}

// timeout bounds one request; a busy machine may need it.
const timeout = 30 * time.Second

// Send makes any request below /REST/2.0; a body is sent as JSON.
func (c Client) Send(ctx context.Context, method, path string, body any) (a Answer, err error) {
	var encoded []byte
	if body != nil {
		if encoded, err = json.Marshal(body); err != nil {
			return a, fmt.Errorf("rt: %w", err)
		}
	}
	return c.SendAs(ctx, method, path, "application/json", encoded)
}

// SendAs is Send with a body of any type.
func (c Client) SendAs(ctx context.Context, method, path, contentType string, body []byte) (a Answer, err error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, c.URL+"/REST/2.0"+path, bytes.NewReader(body))
	if err != nil {
		return a, fmt.Errorf("rt: %w", err)
	}
	req.Header.Set("Authorization", c.Authorization)
	if body != nil {
		req.Header.Set("Content-Type", contentType)
	}
	resp, err := http.DefaultTransport.RoundTrip(req) // which follows no redirect
	if err != nil {
		return a, fmt.Errorf("rt: %w", err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return a, fmt.Errorf("rt: %s: %w", path, err)
	}
	return Answer{resp.StatusCode, resp.Header.Get("Location"), string(text)}, nil
}
