package desk

import (
	"net/http"

	"sessionbridge.internal/shared/people"
)

// agent is the mail address of who signed in, by which a desk is known.
type agent string

// only lets those through who have signed in and have the right, and says who it is. All that the function knows of people
// comes from here.
func (s *server) only(right people.Right, f func(http.ResponseWriter, *http.Request, agent) error) people.Handler {
	return s.people.Only(right, func(w http.ResponseWriter, r *http.Request) error {
		return f(w, r, agent(people.Of(r.Context()).Email))
	})
}
