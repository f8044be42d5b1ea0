package settings_test

import (
	"fmt"
	"strings"
	"testing"

	"sessionbridge.internal/shared/settings"
)

const (
	fromStored = "Regulation (EU) 2016/679, article 5, paragraph 1, letter e: storage limitation"
	oursWeek   = "ours: what is owed is tried for a week, and people look back for a month"
)

func TestRetention(t *testing.T) {
	t.Parallel()
	schema := compiled(t)
	for name, tt := range map[string]struct {
		from, doc string
		days      int
		says      string // what is wrong; empty: nothing
	}{
		"nothing said, all is kept":    {oursWeek, `{}`, 0, ""},
		"the shortest":                 {oursWeek, `{"retention": {"days": 30}}`, 30, ""},
		"the longest":                  {fromStored, `{"retention": {"days": 3650}}`, 3650, ""},
		"less than a month":            {oursWeek, `{"retention": {"days": 29}}`, 0, "from 30 to 3650"},
		"more than ten years":          {fromStored, `{"retention": {"days": 3651}}`, 0, "from 30 to 3650"},
		"none":                         {oursWeek, `{"retention": {"days": 0}}`, 0, "such as 90"},
		"no days":                      {oursWeek, `{"retention": {}}`, 0, "such as 90"},
		"days in the past":             {oursWeek, `{"retention": {"days": -90}}`, 0, "from 30 to 3650"},
		"a text":                       {oursKinds, `{"retention": {"days": "90"}}`, 0, "must be a JSON number"},
		"half a day":                   {oursKinds, `{"retention": {"days": 90.5}}`, 0, "without a fraction"},
		"a number instead of its days": {oursKinds, `{"retention": 90}`, 0, "must be a JSON object"},
		"another unit":                 {oursNoKey, `{"retention": {"months": 3}}`, 0, "is no setting; here there are days"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cite(t, tt.from)
			s, err := settings.Parse([]byte(tt.doc))
			if wrong := tt.says != ""; (err != nil) != wrong || wrong && !strings.Contains(fmt.Sprint(err), "retention") || !strings.Contains(fmt.Sprint(err), tt.says) {
				t.Errorf("it says %v, want %q", err, tt.says)
			}
			if s.KeepDays() != tt.days && err == nil {
				t.Errorf("sessions are kept for %d days, want %d", s.KeepDays(), tt.days)
			}
			if validBySchema(schema, tt.doc) != (err == nil) {
				t.Error("the schema sees it otherwise")
			}
		})
	}
}
