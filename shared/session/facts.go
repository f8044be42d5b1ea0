package session

// learn takes over what an event of any kind says about the session as a whole. Events come in order of time, so the
// last word is the latest one; what is empty says nothing. What an Unknown event means is not known, so neither is what
// its fields say about the session.
func (s *Session) learn(e *Event) {
	if e.Kind == Unknown {
		return
	}
	set(&s.Type, e.Type)
	set(&s.Direction, e.Direction)
	set(&s.EndedBy, e.EndedBy)
	set(&s.FailReason, e.FailReason)
	if e.Customer != nil {
		s.Customer = s.Customer.with(*e.Customer)
	}
	if q := e.Queue; q != nil && *q != (Queue{}) {
		s.Queue = *q
	}
	if c := e.Campaign; c != nil && *c != (Campaign{}) {
		s.Campaign = *c
	}
	if d := e.Disposition; d != nil && *d != (Disposition{}) {
		known := *d
		s.Disposition = &known
	}
}

// with adds what a later report knows. A number is never lost to something that is none: once there is a Phone, only
// another one replaces it and its raw form, since sources later write words such as `customer` in its place.
func (c Customer) with(later Customer) Customer {
	set(&c.Name, later.Name)
	set(&c.Email, later.Email)
	set(&c.ID, later.ID)
	if later.Phone != "" || c.Phone == "" {
		set(&c.Phone, later.Phone)
		set(&c.PhoneRaw, later.PhoneRaw)
	}
	return c
}

// with adds what a later report knows of the agent; the times are not its matter.
func (a Agent) with(later Agent) Agent {
	set(&a.ID, later.ID)
	set(&a.CustomID, later.CustomID)
	set(&a.Email, later.Email)
	set(&a.Name, later.Name)
	return a
}

func set[T ~string](field *T, value T) {
	if value != "" {
		*field = value
	}
}
