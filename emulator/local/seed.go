package local

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	cloudtasks "cloud.google.com/go/cloudtasks/apiv2"
	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	pubsubapi "cloud.google.com/go/pubsub/v2/apiv1"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/protobuf/types/known/durationpb"

	"sessionbridge.internal/shared/cloud"
	"sessionbridge.internal/shared/schedule"
	"sessionbridge.internal/shared/settings"
	"sessionbridge.internal/shared/store"
)

// What Terraform makes in a company's project.
const (
	eventsTopic   = "session-events"
	deadTopic     = "session-events-dead"
	eventsSub     = "session"
	crmQueue      = "crm-demo"
	metadataQueue = "metadata"
	filesQueue    = "files"
	bucket        = "demo-sessions"
	uploadsBucket = "demo-uploads"
	uploadsTopic  = "uploads"
	uploadsSub    = "uploads"
)

// The ready-made tenant and what opens its doors.
const (
	demoTenant   = "demo"
	demoUser     = "demo"
	demoPassword = "demo"
)

// demoSecrets are the files that Secret Manager would mount.
var demoSecrets = map[string]string{"demo-webhook": demoPassword, "demo-crm": demoPassword, "demo-sftp": demoPassword, kustomerSecret: kustomerKey, qmSecret: qmSigningKey, centreSecret: centrePassword}

func writeSecrets(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("local cloud: %w", err)
	}
	all := maps.Clone(demoSecrets)
	maps.Copy(all, peopleSecrets)
	for name, value := range all {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(value), 0o600); err != nil {
			return fmt.Errorf("local cloud: %w", err)
		}
	}
	return nil
}

func (c *Cloud) secretsDir() string { return filepath.Join(c.dir, "secrets") }

// furnish makes topics, subscriptions, queues and the demo tenant, through the same public APIs that Terraform uses.
func (c *Cloud) furnish(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for _, step := range []func(context.Context) error{c.makeTopics, c.makeSubscriptions, c.makeQueues, c.makeKustomerWebhook, c.makeTenants} {
		if err := step(ctx); err != nil {
			return fmt.Errorf("local cloud: setting up: %w", err)
		}
	}
	return nil
}

func (c *Cloud) topic(id string) string { return "projects/" + c.project + "/topics/" + id }

func (c *Cloud) location() string { return "projects/" + c.project + "/locations/local" }

func (c *Cloud) makeTopics(ctx context.Context) error {
	admin, err := pubsubapi.NewTopicAdminClient(ctx, cloud.Options(c.services.broker)...)
	if err != nil {
		return err
	}
	defer admin.Close()
	for _, id := range []string{eventsTopic, deadTopic, uploadsTopic} {
		if _, err := admin.CreateTopic(ctx, &pubsubpb.Topic{Name: c.topic(id)}); err != nil {
			return err
		}
	}
	return nil
}

// keepDead keeps dead letters until a person takes them.
func (c *Cloud) keepDead(ctx context.Context, admin *pubsubapi.SubscriptionAdminClient) error {
	_, err := admin.CreateSubscription(ctx, &pubsubpb.Subscription{
		Name: "projects/" + c.project + "/subscriptions/" + deadTopic, Topic: c.topic(deadTopic), AckDeadlineSeconds: 60,
	})
	return err
}

// makeSubscriptions pushes events, in order, and the news of uploads to functions/session.
func (c *Cloud) makeSubscriptions(ctx context.Context) error {
	admin, err := pubsubapi.NewSubscriptionAdminClient(ctx, cloud.Options(c.services.broker)...)
	if err != nil {
		return err
	}
	defer admin.Close()
	if err := c.keepDead(ctx, admin); err != nil {
		return err
	}
	if err := c.push(ctx, admin, eventsSub, eventsTopic, true); err != nil {
		return err
	}
	return c.push(ctx, admin, uploadsSub, uploadsTopic, false)
}

// push makes one subscription. gcloud's emulator is given a plain one, since our pusher delivers its messages.
func (c *Cloud) push(ctx context.Context, admin *pubsubapi.SubscriptionAdminClient, name, topic string, ordered bool) error {
	url := c.internalURL("session")
	sub := &pubsubpb.Subscription{
		Name:                  "projects/" + c.project + "/subscriptions/" + name,
		Topic:                 c.topic(topic),
		AckDeadlineSeconds:    60,
		EnableMessageOrdering: ordered,
	}
	push := &pubsubpb.PushConfig{
		PushEndpoint: url,
		AuthenticationMethod: &pubsubpb.PushConfig_OidcToken_{
			OidcToken: &pubsubpb.PushConfig_OidcToken{ServiceAccountEmail: c.account("pubsub"), Audience: url},
		},
	}
	wanted := &pubsubpb.Subscription{
		Name: sub.Name, Topic: sub.Topic, AckDeadlineSeconds: sub.AckDeadlineSeconds, EnableMessageOrdering: ordered,
		PushConfig:       push,
		RetryPolicy:      &pubsubpb.RetryPolicy{MinimumBackoff: durationpb.New(10 * time.Second), MaximumBackoff: durationpb.New(10 * time.Minute)},
		DeadLetterPolicy: &pubsubpb.DeadLetterPolicy{DeadLetterTopic: c.topic(deadTopic), MaxDeliveryAttempts: 100},
	}
	if c.opts.Official == nil {
		_, err := admin.CreateSubscription(ctx, wanted)
		return err
	}
	if _, err := admin.CreateSubscription(ctx, sub); err != nil {
		return err
	}
	serving, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := c.services.pusher.Serve(serving, wanted); err != nil && serving.Err() == nil {
			c.log.Error("the pusher stopped", "error", err)
		}
	}()
	c.onClose(func() error {
		cancel()
		<-done
		return nil
	})
	return nil
}

// makeQueues: a CRM has a queue of its own, held to what it bears.
func (c *Cloud) makeQueues(ctx context.Context) error {
	admin, err := cloudtasks.NewClient(ctx, cloud.Options(c.services.tasksAddr)...)
	if err != nil {
		return err
	}
	defer admin.Close()
	for _, id := range []string{crmQueue, kustomerQueue, metadataQueue, filesQueue, qualityQueue, presenceQueue} {
		_, err := admin.CreateQueue(ctx, &cloudtaskspb.CreateQueueRequest{
			Parent: c.location(), Queue: schedule.NewQueue(c.location() + "/queues/" + id),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *Cloud) makeTenants(ctx context.Context) error {
	kustomer, err := c.kustomerSettings()
	if err != nil {
		return err
	}
	db := store.Open(func(name string) string { return c.env[name] })
	defer db.Close()
	for tenant, set := range map[string]settings.Settings{demoTenant: c.demoSettings(), kustomerTenant: kustomer, agentDesktopTenant: c.agentDesktopSettings()} {
		set.People = staffRoles()
		doc, err := json.MarshalIndent(set, "", "  ")
		if err != nil {
			return err
		}
		if _, err := settings.Parse(doc); err != nil {
			return fmt.Errorf("the tenant %s: %w", tenant, err)
		}
		if err := db.PutSettings(ctx, tenant, doc); err != nil {
			return err
		}
	}
	return nil
}

// demoSettings connect the demo tenant to the demo CRM, the bucket and the mail server.
func (c *Cloud) demoSettings() settings.Settings {
	door := settings.Source{Username: demoUser, Password: "secret://demo-webhook", FileHosts: []string{c.services.mediaAddr}}
	host, port := hostPort(c.services.smtpAddr)
	sftpHost, sftpPort := hostPort(c.services.sftpAddr)
	return settings.Settings{
		Sources: map[string]settings.Source{
			"ccai": door, "ccai-adapter": door, "qm": door, "udesk": door, "udesk-chat": door, "agentdesktop": door,
		},
		CRM: demoCRM("http://" + c.services.crmAddr),
		Storage: &settings.Storage{Bucket: bucket, SFTP: &settings.SFTP{
			Host: sftpHost, Port: sftpPort, Username: demoUser, Password: "secret://demo-sftp", HostKeys: []string{c.services.sftp.HostKey()},
		}},
		Quality: c.demoQuality(),
		Desk:    c.demoDesk(),
		Mail:    &settings.Mail{From: "no-reply@sessionbridge.example", To: "crm-updates@demo.example", Host: host, Port: port},
	}
}

func demoCRM(base string) *settings.CRM {
	param := func(pairs ...string) (out []settings.Parameter) {
		for i := 0; i < len(pairs); i += 2 {
			out = append(out, settings.Parameter{Key: pairs[i], Value: pairs[i+1]})
		}
		return out
	}
	upload := &settings.Upload{
		Type: "multipart", FilePart: "file", Files: []string{settings.Recordings, settings.Voicemails, settings.Photos, settings.Videos, settings.Transcripts},
		Endpoint: settings.Endpoint{Method: "POST", URL: base + "/api/records/{RECORD_ID}/attachments"}, AttachmentURL: "attachment.url",
	}
	return &settings.CRM{
		Queue:             crmQueue,
		Basic:             &settings.Basic{Username: demoUser, Password: "secret://demo-crm"},
		Retry:             settings.RetrySafe,
		IdempotencyHeader: "Idempotency-Key",
		AccountURL:        base + "/accounts/{ACCOUNT_ID}",
		RecordURL:         base + "/records/{RECORD_ID}",
		Endpoints: settings.Endpoints{
			FindAccount: &settings.Endpoint{Method: "GET", URL: base + "/api/accounts", Response: "accounts",
				Parameters: param("phone", "{PHONE_NUMBER}", "email", "{EMAIL}", "external_id", "{UJET_ID}")},
			CreateAccount: &settings.Endpoint{Method: "POST", URL: base + "/api/accounts", Response: "account",
				Parameters: param("name", "{NAME}", "phone", "{PHONE_NUMBER}", "email", "{EMAIL}", "external_id", "{UJET_ID}")},
			FindOwnRecord: &settings.Endpoint{Method: "GET", URL: base + "/api/records", Response: "records",
				Parameters: param("external_id", "{SESSION_KEY}")},
			CreateRecord: &settings.Endpoint{Method: "POST", URL: base + "/api/records", Response: "record",
				Parameters: param("account_id", "{ACCOUNT_ID}", "external_id", "{SESSION_KEY}", "subject", "{TICKET_SUBJECT}",
					"description", "{TICKET_DESCRIPTION}", "channel", "{CHANNEL}", "agent_email", "{AGENT_EMAIL}")},
			UpdateRecord: &settings.Endpoint{Method: "PATCH", URL: base + "/api/records/{RECORD_ID}", Response: "record",
				Parameters: param("subject", "{TICKET_SUBJECT}", "description", "{TICKET_DESCRIPTION}", "agent_email", "{AGENT_EMAIL}",
					"call_duration", "{CALL_DURATION}", "wait_time", "{WAIT_TIME}", "disconnected_by", "{DISCONNECTED_BY}")},
			Comment: &settings.Endpoint{Method: "POST", URL: base + "/api/records/{RECORD_ID}/comments", Response: "comment",
				Parameters: param("text", "{COMMENT_BODY}")},
			Upload: upload,
		},
	}
}

// hostPort splits an address that we made ourselves.
func hostPort(addr string) (string, int) {
	host, port, _ := net.SplitHostPort(addr)
	n, _ := strconv.Atoi(port)
	return host, n
}
