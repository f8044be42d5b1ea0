package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"sessionbridge.internal/emulator/qm"
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
		Quality    qualityView       `json:"quality"`
		Plan       []string          `json:"plan"`
		Files      []fileView        `json:"files"`
		Messages   []json.RawMessage `json:"messages"`
		Deliveries []struct {
			Work    string `json:"work"`
			Step    string `json:"step"`
			Verdict string `json:"verdict"`
			Millis  int64  `json:"millis"`
		} `json:"deliveries"`
	}
	fileView struct {
		ID      string `json:"id"`
		Path    string `json:"path"`
		State   string `json:"state"`
		Problem string `json:"problem"`
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
	storedView struct {
		Path   string `json:"path"`
		Size   int64  `json:"size"`
		SHA256 string `json:"sha256"`
	}
	objectsView struct {
		Objects []storedView `json:"objects"`
		SFTP    []storedView `json:"sftp"`
	}
)

func sessionPath(key string) string { return "/console/api/tenants/demo/sessions/" + key }

// cloud is what came out of the local cloud.
type cloud struct {
	crm     crmView
	mail    mailView
	objects objectsView
	quality qm.Snapshot
}

func (s *story) look() (c cloud) {
	if s.err == nil {
		s.err = errors.Join(
			s.c.Get(s.ctx, "/emulator/crm", &c.crm),
			s.c.Get(s.ctx, "/emulator/mail", &c.mail),
			s.c.Get(s.ctx, "/emulator/storage", &c.objects),
			s.c.Get(s.ctx, "/emulator/qm", &c.quality),
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
	s.reportQuality(v, c.quality)
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
		fmt.Fprintf(s.out, "    %-26s %-8s %6d ms\n", d.Step, d.Verdict, d.Millis)
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

// reportFiles looks for the files in the bucket and on the SFTP server, where they must be the same.
func (s *story) reportFiles(v sessionView, objects objectsView) {
	var wanted []string
	for _, f := range v.Files {
		s.want(f.State == "stored", "%s: the file %s is %s: %s", v.Key, f.ID, f.State, f.Problem)
		wanted = append(wanted, f.Path)
	}
	made := []string{"metadata"}
	if v.Channel == session.Chat && len(v.Messages) > 0 {
		made = append(made, "transcript", "transcript-json")
	}
	for _, id := range made {
		s.want(slices.ContainsFunc(v.Files, func(f fileView) bool { return f.ID == id }), "%s: the %s was not made", v.Key, id)
	}
	s.want(len(wanted) >= len(made)+len(v.Announced), "%s: %d files were announced, and only %v is stored", v.Key, len(v.Announced), wanted)
	for _, path := range wanted {
		o, inBucket := find(objects.Objects, path)
		f, onServer := find(objects.SFTP, path)
		s.want(inBucket, "%s: the file %s is not in the bucket", v.Key, path)
		s.want(onServer, "%s: the file %s is not on the SFTP server", v.Key, path)
		s.want(o.SHA256 == f.SHA256, "%s: the file %s differs between the bucket and the SFTP server", v.Key, path)
		if inBucket {
			fmt.Fprintf(s.out, "    file        %s (%d bytes)\n", o.Path, o.Size)
		}
	}
}

func find(all []storedView, path string) (storedView, bool) {
	i := slices.IndexFunc(all, func(o storedView) bool { return o.Path == path })
	if i < 0 {
		return storedView{}, false
	}
	return all[i], true
}

// tree shows what the sessions left in the bucket and on the SFTP server, as folders.
func (s *story) tree(scenarios []Scenario, c cloud) {
	if s.err != nil {
		return
	}
	mine := func(path string) bool {
		return slices.ContainsFunc(scenarios, func(sc Scenario) bool {
			return strings.Contains(path, sc.Key+".") || strings.Contains(path, sc.Key+"-")
		})
	}
	for _, place := range []struct {
		name  string
		files []storedView
	}{{"The bucket", c.objects.Objects}, {"The SFTP folder", c.objects.SFTP}} {
		s.chapter(place.name)
		folder := ""
		slices.SortFunc(place.files, func(a, b storedView) int { return strings.Compare(a.Path, b.Path) })
		for _, f := range place.files {
			if !mine(f.Path) {
				continue
			}
			if dir := path.Dir(f.Path); dir != folder {
				folder = dir
				fmt.Fprintf(s.out, "  %s/\n", folder)
			}
			fmt.Fprintf(s.out, "    %-40s %9d bytes\n", path.Base(f.Path), f.Size)
		}
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
