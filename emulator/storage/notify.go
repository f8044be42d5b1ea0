package storage

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"sessionbridge.internal/emulator/fault"
)

// Notification is a message as Cloud Storage sends it to Pub/Sub about a new object
// (docs.cloud.google.com/storage/docs/pubsub-notifications): its attributes, and as data the object resource in JSON.
type Notification struct {
	Attributes map[string]string
	Data       []byte
}

// notifyTime is how long a notification is tried again that is not taken. The real service tries for days.
const notifyTime = 10 * time.Second

// announce tells of a new object before the upload is answered, so that whoever has the answer need not wait for it.
// The client's going away changes nothing: the object is there.
func (s *Server) announce(ctx context.Context, o *object) {
	notify := s.notify[o.Bucket]
	if notify == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), notifyTime)
	defer cancel()
	n, err := o.notification()
	for pause := 50 * time.Millisecond; err == nil; pause *= 2 {
		failed := notify(ctx, n)
		if failed == nil {
			return
		}
		if fault.Wait(ctx, pause) != nil {
			err = failed
		}
	}
	s.log.ErrorContext(ctx, "storage: a notification is lost", "bucket", o.Bucket, "error", err)
}

func (o *object) notification() (Notification, error) {
	data, err := json.Marshal(o)
	attributes := map[string]string{
		"notificationConfig": fmt.Sprintf("projects/_/buckets/%s/notificationConfigs/1", o.Bucket),
		"eventType":          "OBJECT_FINALIZE",
		"payloadFormat":      "JSON_API_V1",
		"bucketId":           o.Bucket,
		"objectId":           o.Name,
		"objectGeneration":   strconv.FormatInt(o.Generation, 10),
		"eventTime":          o.Created.Format("2006-01-02T15:04:05.000000Z"),
	}
	if o.overwrote != 0 {
		attributes["overwroteGeneration"] = strconv.FormatInt(o.overwrote, 10)
	}
	return Notification{attributes, data}, err
}
