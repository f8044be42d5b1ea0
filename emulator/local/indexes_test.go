package local_test

import (
	"testing"

	"cloud.google.com/go/firestore"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"sessionbridge.internal/emulator/local"
	clients "sessionbridge.internal/shared/cloud"
)

// So a query that lacks its index fails here, and not at first in production.
func TestTheDatabaseHasTheIndexesOfADeploymentAlone(t *testing.T) {
	t.Parallel()
	if official != nil {
		t.Skip("Google's emulator demands no index")
	}
	c := start(t, local.Options{})
	client, err := firestore.NewClient(t.Context(), "local", clients.Options(c.Firestore())...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	sessions := client.Collection("tenants").Doc("demo").Collection("sessions")
	for name, tt := range map[string]struct {
		order firestore.Direction
		want  codes.Code
	}{
		"declared":     {firestore.Desc, codes.OK},
		"not declared": {firestore.Asc, codes.FailedPrecondition},
	} {
		_, err := sessions.Where("status", "==", "ended").OrderBy("changed_at", tt.order).Documents(t.Context()).GetAll()
		if status.Code(err) != tt.want {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}
