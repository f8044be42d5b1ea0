package functions_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// Linking a client costs a function's start more than making it: each links only those that it uses.
func TestFunctionsLinkOnlyWhatTheyUse(t *testing.T) {
	t.Parallel()
	const (
		storage = "cloud.google.com/go/storage"
		sftp    = "github.com/pkg/sftp"
		tasks   = "cloud.google.com/go/cloudtasks/apiv2"
		mail    = "github.com/wneessen/go-mail"
		pubsub  = "cloud.google.com/go/pubsub/v2"
		phones  = "github.com/nyaruka/phonenumbers"
		oidc    = "github.com/coreos/go-oidc/v3/oidc"
	)
	for name, without := range map[string][]string{
		"webhook":  {storage, sftp, tasks, mail, phones, oidc},
		"session":  {storage, sftp, mail, pubsub, oidc},
		"crm":      {mail, pubsub, oidc},
		"export":   {mail, pubsub, oidc},
		"metadata": {pubsub, oidc},
		"presence": {storage, sftp, mail, pubsub, phones, oidc},
		"quality":  {storage, sftp, mail, pubsub, phones, oidc},
		"watch":    {storage, sftp, mail, pubsub, oidc},
		"console":  {mail, pubsub},
		"desk":     {storage, sftp, tasks, mail},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := exec.Command("go", "list", "-deps", "sessionbridge.internal/functions/"+name).Output()
			if err != nil {
				t.Fatal(err)
			}
			linked := strings.Fields(string(out))
			if len(linked) < 100 {
				t.Fatalf("only %d packages are listed", len(linked))
			}
			for _, one := range without {
				if slices.Contains(linked, one) {
					t.Errorf("it links %s", one)
				}
			}
		})
	}
}
