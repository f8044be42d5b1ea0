package demo

import (
	"errors"
	"fmt"
	"strings"
)

// What is read of the local cloud's answers.
type (
	sessionView struct {
		Key     string `json:"key"`
		Channel string `json:"channel"`
		Status  string `json:"status"`
		Outcome string `json:"outcome"`
		CRM     struct {
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
		Files []struct {
			Path string `json:"path"`
		} `json:"files"`
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

// report looks a session up everywhere it should have arrived.
func (s *story) report(key string) {
	if s.err != nil {
		return
	}
	var (
		v       sessionView
		crm     crmView
		mail    mailView
		objects objectsView
	)
	s.err = errors.Join(
		s.c.Get(s.ctx, "/console/api/tenants/demo/sessions/"+key, &v),
		s.c.Get(s.ctx, "/emulator/crm", &crm),
		s.c.Get(s.ctx, "/emulator/mail", &mail),
		s.c.Get(s.ctx, "/emulator/storage", &objects),
	)
	if s.err != nil {
		return
	}
	fmt.Fprintf(s.out, "\n  %s: %s, %s; CRM %s\n", key, v.Status, v.Outcome, v.CRM.State)
	s.reportSteps(v)
	s.reportCRM(v, crm)
	s.reportFiles(v, objects)
	s.reportMail(v, mail)
}

func (s *story) reportSteps(v sessionView) {
	for _, d := range v.Deliveries {
		fmt.Fprintf(s.out, "    %-16s %-8s %6d ms\n", d.Step, d.Verdict, d.Millis)
	}
	s.want(v.CRM.State == "done" && len(v.Plan) == 0, "%s: the CRM work is %s and still owes %v", v.Key, v.CRM.State, v.Plan)
	s.want(v.Outcome == "completed", "%s: the outcome is %q, not completed", v.Key, v.Outcome)
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
	comments := 0
	for _, c := range crm.Comments {
		if fmt.Sprint(c.RecordID) == v.CRM.RecordID {
			comments++
			fmt.Fprintf(s.out, "      comment   %s\n", c.Text)
		}
	}
	s.want(comments == 2, "%s: the record has %d comments, not one for the start and one for the end", v.Key, comments)
	s.want(accounts == 1, "%s: its account %q is not in the CRM", v.Key, v.CRM.AccountID)
	s.want(records == 1, "%s: its record %q is not in the CRM", v.Key, v.CRM.RecordID)
}

func (s *story) reportFiles(v sessionView, objects objectsView) {
	wanted := []string{"ujet-metadata/" + v.Key + ".json"}
	if v.Channel == "chat" {
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
		s.want(v.Channel != "chat" || len(m.Attachments) == 1, "%s: its mail has no transcript", v.Key)
	}
	s.want(mails == 1, "%s: %d mails arrived, not one", v.Key, mails)
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
