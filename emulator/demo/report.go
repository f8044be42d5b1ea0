package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"sessionbridge.internal/shared/session"
)

// What is read of the local cloud's answers.
type (
	sessionView struct {
		session.Session
		CRM struct {
			State     string `json:"state"`
			AccountID string `json:"account_id"`
			RecordID  string `json:"record_id"`
		} `json:"crm"`
		Plan       []string `json:"plan"`
		Deliveries []struct {
			Work    string `json:"work"`
			Step    string `json:"step"`
			Verdict string `json:"verdict"`
			Millis  int64  `json:"millis"`
		} `json:"deliveries"`
	}
	crmView struct {
		Accounts []struct {
			ID    int64  `json:"id"`
			Name  string `json:"name"`
			Phone string `json:"phone"`
		} `json:"accounts"`
		Records []struct {
			ID        int64  `json:"id"`
			AccountID int64  `json:"account_id"`
			Subject   string `json:"subject"`
		} `json:"records"`
		Comments []struct {
			RecordID int64  `json:"record_id"`
			Text     string `json:"text"`
		} `json:"comments"`
	}
	mailView struct {
		Messages []struct {
			Subject     string   `json:"subject"`
			To          []string `json:"to"`
			Attachments []struct {
				Name string `json:"name"`
			} `json:"attachments"`
		} `json:"messages"`
	}
	objectsView struct {
		Objects []struct {
			Path string `json:"path"`
			Size int64  `json:"size"`
		} `json:"objects"`
	}
)

func sessionPath(key string) string { return "/console/api/tenants/demo/sessions/" + key }

// cloud is what came out of the local cloud.
type cloud struct {
	crm     crmView
	mail    mailView
	objects objectsView
}

func (s *story) look() (c cloud) {
	if s.err == nil {
		s.err = errors.Join(
			s.c.Get(s.ctx, "/emulator/crm", &c.crm),
			s.c.Get(s.ctx, "/emulator/mail", &c.mail),
			s.c.Get(s.ctx, "/emulator/storage", &c.objects),
		)
	}
	return c
}

// report looks a scenario's session up everywhere it should have arrived.
func (s *story) report(sc Scenario, c cloud) {
	var raw []byte
	var v sessionView
	if s.err == nil {
		s.err = s.c.Get(s.ctx, sessionPath(sc.Key), &raw)
	}
	if s.err == nil {
		s.err = json.Unmarshal(raw, &v)
	}
	if s.err != nil {
		return
	}
	fmt.Fprintf(s.out, "\n  %s: %s, %s; CRM %s\n", v.Key, v.Status, v.Outcome, v.CRM.State)
	s.reportSteps(v)
	s.reportCRM(v, c.crm)
	s.reportFiles(v, c.objects)
	s.reportMail(v, c.mail)
	if sc.Expect == nil {
		s.want(v.Outcome == session.Completed, "%s: the outcome is %q, not completed", v.Key, v.Outcome)
		return
	}
	show(s.out, v.Session)
	fmt.Fprintf(s.out, "    all of it   %s\n", s.c.URL+sessionPath(v.Key))
	s.check(sc, raw)
}

func (s *story) reportSteps(v sessionView) {
	for _, d := range v.Deliveries {
		fmt.Fprintf(s.out, "    %-16s %-8s %6d ms\n", d.Step, d.Verdict, d.Millis)
	}
	s.want(v.CRM.State == "done" && len(v.Plan) == 0, "%s: the CRM work is %s and still owes %v", v.Key, v.CRM.State, v.Plan)
}

func (s *story) reportCRM(v sessionView, crm crmView) {
	accounts, records := 0, 0
	for _, a := range crm.Accounts {
		if fmt.Sprint(a.ID) == v.CRM.AccountID {
			accounts++
			fmt.Fprintf(s.out, "    account %d  %s\n", a.ID, a.Name)
		}
	}
	for _, r := range crm.Records {
		if fmt.Sprint(r.ID) != v.CRM.RecordID {
			continue
		}
		records++
		fmt.Fprintf(s.out, "    record %d   %s\n", r.ID, r.Subject)
	}
	said := map[string]int{}
	for _, c := range crm.Comments {
		if fmt.Sprint(c.RecordID) == v.CRM.RecordID {
			said[c.Text]++
			s.want(said[c.Text] == 1, "%s: the record has a comment twice: %s", v.Key, c.Text)
			fmt.Fprintf(s.out, "      comment   %s\n", c.Text)
		}
	}
	s.want(len(said) >= 2, "%s: the record has %d comments, and not even one for the start and one for the end", v.Key, len(said))
	s.want(accounts == 1, "%s: its account %q is not in the CRM", v.Key, v.CRM.AccountID)
	s.want(records == 1, "%s: its record %q is not in the CRM", v.Key, v.CRM.RecordID)
}

func (s *story) reportFiles(v sessionView, objects objectsView) {
	wanted := []string{"ujet-metadata/" + v.Key + ".json"}
	if v.Channel == session.Chat {
		wanted = append(wanted, "ujet-chat-transcripts/"+v.Key+".txt")
	}
	for _, path := range wanted {
		found := false
		for _, o := range objects.Objects {
			if o.Path == path {
				found = true
				fmt.Fprintf(s.out, "    file        %s (%d bytes)\n", o.Path, o.Size)
			}
		}
		s.want(found, "%s: the file %s is not in the bucket", v.Key, path)
	}
}

func (s *story) reportMail(v sessionView, mail mailView) {
	mails := 0
	for _, m := range mail.Messages {
		if !strings.Contains(m.Subject, v.Key) {
			continue
		}
		mails++
		attached := ""
		for _, a := range m.Attachments {
			attached += ", with " + a.Name
		}
		fmt.Fprintf(s.out, "    mail        %q to %s%s\n", m.Subject, strings.Join(m.To, ", "), attached)
		s.want(v.Channel != session.Chat || len(m.Attachments) == 1, "%s: its mail has no transcript", v.Key)
	}
	if v.Outcome == session.Completed {
		s.want(mails == 1, "%s: %d mails arrived, not one", v.Key, mails)
		return
	}
	s.want(mails == 0, "%s: %d mails arrived, and none is due of a session nobody took", v.Key, mails)
}

func (s *story) want(ok bool, format string, args ...any) {
	if !ok {
		s.missing = append(s.missing, fmt.Sprintf(format, args...))
	}
}

// verdict is the end of the story.
func (s *story) verdict() error {
	if s.err != nil {
		return s.err
	}
	if len(s.missing) > 0 {
		return fmt.Errorf("not everything arrived:\n  %s", strings.Join(s.missing, "\n  "))
	}
	fmt.Fprintln(s.out, "\nEverything arrived, once.")
	return nil
}
