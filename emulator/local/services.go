package local

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"

	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	pubsubapi "cloud.google.com/go/pubsub/v2/apiv1"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"sessionbridge.internal/emulator/ccai"
	"sessionbridge.internal/emulator/cost"
	"sessionbridge.internal/emulator/crm"
	"sessionbridge.internal/emulator/fault"
	"sessionbridge.internal/emulator/firestore"
	"sessionbridge.internal/emulator/kustomer"
	"sessionbridge.internal/emulator/mail"
	"sessionbridge.internal/emulator/media"
	"sessionbridge.internal/emulator/pubsub"
	"sessionbridge.internal/emulator/qm"
	"sessionbridge.internal/emulator/sftp"
	"sessionbridge.internal/emulator/storage"
	"sessionbridge.internal/emulator/tasks"
	"sessionbridge.internal/shared/cloud"
	"sessionbridge.internal/terraform"
)

// services are the stand-ins for Google's, the company's and the mail's servers.
type services struct {
	// host:port of each
	firestore    string
	pubsub       string // where functions publish
	broker       string // where topics and subscriptions are kept
	tasksAddr    string
	storageAddr  string
	smtpAddr     string
	crmAddr      string
	sftpAddr     string
	adapterAddr  string
	mediaAddr    string
	kustomerAddr string
	qmAddr       string
	centreAddr   string
	desktopAddr  string // AgentDesktop's

	expire    func() int // deletes what has expired in Firestore; nil with gcloud's emulator
	publisher *publisher // in front of gcloud's emulator; nil with ours
	pusher    *pubsub.Pusher
	tasks     *tasks.Server
	storage   *storage.Server
	sftp      *sftp.Server
	mail      *mail.Sink
	crm       *crm.CRM
	kustomer  *kustomer.Kustomer
	qm        *qm.QM
	centre    *ccai.Centre
}

// onTheirWay are messages that functions know to be safe and the pusher has not seen yet.
func (s *services) onTheirWay() []string {
	if s.publisher == nil {
		return nil
	}
	n := int(s.publisher.passed.Load())
	for _, t := range s.pusher.Topics() {
		n -= t.Published
	}
	if n <= 0 {
		return nil
	}
	return []string{fmt.Sprintf("%d messages between the broker and the pusher", n)}
}

func (c *Cloud) startServices(ctx context.Context) error {
	steps := []func(context.Context) error{c.startFirestore, c.startPubSub, c.startTasks, c.startStorage, c.startSFTP, c.startMedia, c.startMail, c.startCRM, c.startAdapter, c.startAgentDesktop, c.startKustomer, c.startQM, c.startCentre}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// serveGRPC answers gRPC at a place, with the target's faults, until the cloud closes.
func (c *Cloud) serveGRPC(place int, what string, t fault.Target, register func(grpc.ServiceRegistrar), opts ...grpc.ServerOption) (addr string, err error) {
	l, err := c.listen(place, what)
	if err != nil {
		return "", err
	}
	s := grpc.NewServer(append(opts, c.faulty(t)...)...)
	register(s)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := s.Serve(l); err != nil {
			c.log.Error("a server stopped", "service", what, "error", err)
		}
	}()
	c.onClose(func() error {
		s.Stop()
		<-done
		return nil
	})
	return dialable(l), nil
}

// faulty lets the target's faults happen to its calls, and the tap and the meter see them.
func (c *Cloud) faulty(t fault.Target) []grpc.ServerOption {
	tapped := func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		defer c.tap()()
		return next(ctx, req)
	}
	return []grpc.ServerOption{
		grpc.ChainUnaryInterceptor(tapped, fault.Unary(c.faults, t), cost.Unary(&c.meter)),
		grpc.ChainStreamInterceptor(fault.Stream(c.faults, t), cost.Stream(&c.meter)),
	}
}

// relayFirestore puts a relay in front of gcloud's emulator.
func (c *Cloud) relayFirestore() error {
	to, err := grpc.NewClient(c.opts.Official.firestore, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return fmt.Errorf("local cloud: %w", err)
	}
	c.onClose(to.Close)
	c.services.firestore, err = c.serveGRPC(portFirestore, "Firestore", fault.Firestore, func(grpc.ServiceRegistrar) {},
		grpc.ForceServerCodec(unread{}), grpc.UnknownServiceHandler(c.relay(to)))
	return err
}

func (c *Cloud) startFirestore(context.Context) (err error) {
	if c.opts.Official != nil {
		return c.relayFirestore()
	}
	indexes, err := firestore.ParseIndexes(terraform.Indexes)
	if err != nil {
		return fmt.Errorf("local cloud: terraform/indexes.json: %w", err)
	}
	s := firestore.New(c.clock.Now)
	s.RequireIndexes(indexes)
	c.services.expire = s.Expire
	c.services.firestore, err = c.serveGRPC(portFirestore, "Firestore", fault.Firestore, s.Register, firestore.ServerOptions()...)
	return err
}

func (c *Cloud) startPubSub(ctx context.Context) error {
	o := pubsub.Options{Clock: c.clock, Token: c.signer.Token, Log: c.log}
	if c.opts.Official != nil {
		return c.startOfficialPubSub(ctx, o)
	}
	s, err := pubsub.New(c.address(portPubSub), o, c.faulty(fault.PubSub)...)
	if err != nil {
		return c.taken(err, portPubSub, "Pub/Sub")
	}
	c.services.pubsub, c.services.pusher = dialableAddress(s.Addr), s.Pusher
	c.services.broker = c.services.pubsub
	c.onClose(func() error { s.Close(); return nil })
	return nil
}

// startOfficialPubSub has gcloud's emulator keep the messages and our pusher deliver them: its own pushes carry neither
// token nor ordering key, and come out of order after a refusal.
func (c *Cloud) startOfficialPubSub(ctx context.Context, o pubsub.Options) error {
	addr := c.opts.Official.pubsub
	subs, err := pubsubapi.NewSubscriptionAdminClient(ctx, cloud.Options(addr)...)
	if err != nil {
		return fmt.Errorf("local cloud: %w", err)
	}
	c.onClose(subs.Close)
	topics, err := pubsubapi.NewTopicAdminClient(ctx, cloud.Options(addr)...)
	if err != nil {
		return fmt.Errorf("local cloud: %w", err)
	}
	c.onClose(topics.Close)
	if c.services.pusher, err = pubsub.NewPusher(subs, topics, o); err != nil {
		return fmt.Errorf("local cloud: %w", err)
	}
	c.services.broker = addr
	c.services.publisher = &publisher{to: topics}
	c.services.pubsub, err = c.serveGRPC(portPubSub, "Pub/Sub", fault.PubSub, func(r grpc.ServiceRegistrar) {
		pubsubpb.RegisterPublisherServer(r, c.services.publisher)
	})
	return err
}

func (c *Cloud) startTasks(context.Context) (err error) {
	s := tasks.New(tasks.Options{Clock: c.clock, Token: c.signer.Token, Log: c.log})
	c.services.tasks = s
	c.services.tasksAddr, err = c.serveGRPC(portTasks, "Cloud Tasks", fault.Tasks, func(r grpc.ServiceRegistrar) {
		cloudtaskspb.RegisterCloudTasksServer(r, s)
	})
	c.onClose(func() error {
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		return s.Close(ctx)
	})
	return err
}

func (c *Cloud) startStorage(ctx context.Context) error {
	l, err := c.listen(portStorage, "Cloud Storage")
	if err != nil {
		return err
	}
	s, err := c.openStorage(ctx, l)
	if err != nil {
		l.Close()
		return err
	}
	c.services.storage, c.services.storageAddr = s, dialable(l)
	c.onClose(s.Close)
	return nil
}

// openStorage is Cloud Storage with the bucket for uploads, whose notifications go to a topic, and the account that signs
// links.
func (c *Cloud) openStorage(ctx context.Context, l net.Listener) (*storage.Server, error) {
	key, err := c.writeSignerKey()
	if err != nil {
		return nil, err
	}
	topics, err := pubsubapi.NewTopicAdminClient(ctx, cloud.Options(c.services.pubsub)...)
	if err != nil {
		return nil, fmt.Errorf("local cloud: %w", err)
	}
	c.onClose(topics.Close)
	notify := func(ctx context.Context, n storage.Notification) error {
		_, err := topics.Publish(ctx, &pubsubpb.PublishRequest{
			Topic: c.topic(uploadsTopic), Messages: []*pubsubpb.PubsubMessage{{Data: n.Data, Attributes: n.Attributes}},
		})
		return err
	}
	return storage.Start(l, storage.Options{
		Dir: filepath.Join(c.dir, "storage"), Buckets: []string{bucket, uploadsBucket}, Now: c.clock.Now, Faults: c.faults, Meter: &c.meter, Log: c.log,
		Signer: storage.Signer{Email: c.account("signer"), Key: &key.PublicKey},
		Notify: map[string]func(context.Context, storage.Notification) error{uploadsBucket: notify},
	})
}

// signerKey is one for all clouds of a process: making one takes long, and tests start many clouds.
var signerKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// writeSignerKey keeps the key with which functions sign links here, as the platform's IAM does elsewhere.
func (c *Cloud) writeSignerKey() (*rsa.PrivateKey, error) {
	key, err := signerKey()
	if err != nil {
		return nil, fmt.Errorf("local cloud: %w", err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	if err := os.WriteFile(c.signerKeyFile(), text, 0o600); err != nil {
		return nil, fmt.Errorf("local cloud: %w", err)
	}
	return key, nil
}

func (c *Cloud) signerKeyFile() string { return filepath.Join(c.dir, "signer.pem") }

func (c *Cloud) startSFTP(context.Context) error {
	l, err := c.listen(portSFTP, "the SFTP server")
	if err != nil {
		return err
	}
	s, err := sftp.Start(l, sftp.Options{Dir: filepath.Join(c.dir, "sftp"), User: demoUser, Password: demoPassword, Faults: c.faults, Log: c.log})
	if err != nil {
		l.Close()
		return err
	}
	c.services.sftp, c.services.sftpAddr = s, dialable(l)
	c.onClose(s.Close)
	return nil
}

// startMedia serves recordings and media as a contact centre's own servers would.
func (c *Cloud) startMedia(context.Context) error {
	l, err := c.listen(portMedia, "recordings and media")
	if err != nil {
		return err
	}
	c.services.mediaAddr = dialable(l)
	c.serve(l, fault.HTTP(c.faults, fault.Media, media.Handler(c.clock)))
	return nil
}

func (c *Cloud) startMail(context.Context) error {
	l, err := c.listen(portSMTP, "the mail server")
	if err != nil {
		return err
	}
	s := mail.Start(l, mail.Options{Now: c.clock.Now, Faults: c.faults, Log: c.log})
	c.services.mail, c.services.smtpAddr = s, dialable(l)
	c.onClose(s.Close)
	return nil
}

func (c *Cloud) startCRM(context.Context) error {
	l, err := c.listen(portCRM, "the demo CRM")
	if err != nil {
		return err
	}
	s := crm.New(crm.Options{
		User: demoUser, Password: demoPassword, APIKey: demoPassword, Now: c.clock.Now,
		Clients: []crm.Client{{ID: demoUser, Secret: demoPassword, RedirectURIs: []string{c.URL + "/console/oauth/callback"}}},
	})
	c.services.crm, c.services.crmAddr = s, dialable(l)
	c.serve(l, c.tapped(fault.HTTP(c.faults, fault.CRM, s)))
	return nil
}
