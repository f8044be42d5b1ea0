package settings

// Retention is how long what is known of a session is kept here. Personal data may be kept no longer than its purpose needs
// (Regulation (EU) 2016/679, article 5, paragraph 1, letter e), and the purpose here is to bring a session into the CRM: what is
// stored there, in the company's storage and with quality management stays.
type Retention struct {
	// Days is how many days a session is kept after its last change, once it is over and owes nothing: 30 to 3650. What is owed
	// is tried for a week, names of tasks are free again after nine days, and people look back for a month: so 30 at least.
	Days int `json:"days"`
}

// How few and how many days a session may be kept.
const (
	minRetention = 30
	maxRetention = 3650
)

// KeepDays is how many days a session is kept after its last change, once it is over and owes nothing; 0: for good. A document that
// says nothing keeps everything, since no release may begin to delete what was kept before; every preset says something.
func (s Settings) KeepDays() int {
	if s.Retention == nil {
		return 0
	}
	return s.Retention.Days
}
