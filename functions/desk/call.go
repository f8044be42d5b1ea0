package desk

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode"

	"sessionbridge.internal/shared/desk"
	"sessionbridge.internal/shared/fault"
	"sessionbridge.internal/shared/inbound"
	"sessionbridge.internal/shared/settings"
)

// callView is what the page behind a link shows.
type callView struct {
	Tenant  string
	Number  string // in E.164 form; empty where there is a problem
	Display string
	Name    string
	Problem string
}

// callPage is the link that CRMs have beside numbers: ?number=, and ?name= if they know it. It shows the number as it would
// be dialled, with a button that has the focus, and dials nothing by itself, wherever it was opened from: a browser may fetch
// a link before anybody clicks it, any site may have one, and also on a page of the CRM a link may be a customer's, who wrote
// it in a message and would have agents call a number that costs.
func (s *server) callPage(w http.ResponseWriter, r *http.Request, _ agent) error {
	set, err := s.tenant(r)
	if err != nil {
		return err
	}
	v := callView{Tenant: r.PathValue("tenant"), Name: nameOf(r.URL.Query().Get("name"))}
	status := http.StatusOK
	if n, err := dial(linked(r.URL.RawQuery), region(set)); err != nil {
		v.Problem, status = err.Error(), http.StatusUnprocessableEntity
	} else {
		v.Number, v.Display = n.E164(), n.International()
	}
	return show(w, status, "call.html", callPolicy, v)
}

// maxAsked bounds a body that holds a number and a name, in bytes.
const maxAsked = 4 << 10

// call is POST {"number": "+390212345678", "name": "Ada"}: it puts the call on the agent's own desk, and answers 202 with the
// command.
func (s *server) call(w http.ResponseWriter, r *http.Request, who agent) error {
	set, err := s.tenant(r)
	if err != nil {
		return err
	}
	c, err := asked(r, region(set))
	if err != nil {
		return err
	}
	err = s.store.UpdateDesk(r.Context(), r.PathValue("tenant"), string(who), func(on desk.Desk) (desk.Desk, error) {
		on, c = on.Put(c, s.clock())
		return on, nil
	})
	if err != nil {
		return err
	}
	return answer(w, http.StatusAccepted, c)
}

// asked reads the call that a request asks for.
func asked(r *http.Request, region string) (desk.Command, error) {
	var ask struct {
		Number string `json:"number"`
		Name   string `json:"name"`
	}
	if err := read(r, &ask, `{"number": "+390212345678", "name": "…"}; the name may be left out`); err != nil {
		return desk.Command{}, err
	}
	n, err := dial(ask.Number, region)
	if err != nil {
		return desk.Command{}, fault.Wrap(fault.Unprocessable, err, "the number cannot be called").At("number", err.Error())
	}
	return desk.Command{Kind: desk.Call, Number: n.E164(), Display: n.International(), Name: nameOf(ask.Name)}, nil
}

// read reads a body, of which example says what it must be. A key written wrong must not pass for one left out.
func read(r *http.Request, into any, example string) error {
	body, err := inbound.JSON(r, maxAsked)
	if err != nil {
		return err
	}
	in := json.NewDecoder(bytes.NewReader(body))
	in.DisallowUnknownFields()
	if err := in.Decode(into); err != nil {
		return fault.Wrap(fault.Malformed, err, "the body must be %s", example)
	}
	return nil
}

// maxPage bounds the name that a page gives itself, in bytes.
const maxPage = 64

// taker is the page that a request is of.
func taker(r *http.Request) (string, error) {
	var by struct {
		Page string `json:"page"`
	}
	const example = `{"page": "…"}`
	if err := read(r, &by, example); err != nil {
		return "", err
	}
	if by.Page == "" || len(by.Page) > maxPage {
		return "", fault.New(fault.Malformed, "the body must be "+example).At("page", fmt.Sprintf("must be a random text of 1 to %d bytes that no other page has", maxPage))
	}
	return by.Page, nil
}

// take is POST {"page": "a random id"}: the page that asks first is the one that shall do what the command says, and is told so
// as often as it asks. 409 tells all others.
func (s *server) take(w http.ResponseWriter, r *http.Request, who agent) error {
	id, err := number(r.PathValue("id"))
	if err != nil {
		return fault.Wrap(fault.NotFound, err, "there is no such command")
	}
	if _, err := s.tenant(r); err != nil {
		return err
	}
	page, err := taker(r)
	if err != nil {
		return err
	}
	err = s.store.UpdateDesk(r.Context(), r.PathValue("tenant"), string(who), func(on desk.Desk) (desk.Desk, error) {
		return on.Take(id, page, s.clock())
	})
	switch {
	case errors.Is(err, desk.ErrTaken):
		return fault.Wrap(fault.Conflict, err, "another page of yours has taken it")
	case errors.Is(err, desk.ErrGone):
		return fault.Wrap(fault.NotFound, err, "the command is not there any more")
	case err != nil:
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// region is the country of the CRM's numbers that come without one.
func region(set settings.Settings) string {
	if set.CRM == nil {
		return ""
	}
	return set.CRM.Phone.Region
}

// maxName bounds a name, in characters.
const maxName = 100

// nameOf is a name in one line of bounded length, as far as it can be shown.
func nameOf(text string) string {
	text = strings.Map(func(c rune) rune {
		switch {
		case unicode.IsSpace(c):
			return ' '
		case !unicode.IsPrint(c): // such as what turns the direction of writing
			return -1
		}
		return c
	}, strings.ToValidUTF8(text, ""))
	name := []rune(strings.Join(strings.Fields(text), " "))
	return string(name[:min(len(name), maxName)])
}
