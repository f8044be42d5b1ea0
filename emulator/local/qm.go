package local

import (
	"context"
	"fmt"
	"net/http"

	"sessionbridge.internal/emulator/fault"
	"sessionbridge.internal/emulator/qm"
	"sessionbridge.internal/shared/settings"
)

const (
	qualityQueue = "quality"
	qmSecret     = "demo-qm-signing"                                    // the file with what signs the events
	qmSigningKey = "whsec_dGhlIGRlbW8ncyBrZXkgb2YgMzIgYnl0ZXMsIGRvbmU=" // and its content
)

// startQM serves the stand-in for an application for quality management.
func (c *Cloud) startQM(context.Context) error {
	l, err := c.listen(portQM, "quality management")
	if err != nil {
		return err
	}
	q, err := qm.New(qm.Options{User: demoUser, Password: demoPassword, Secret: qmSigningKey, Now: c.clock.Now})
	if err != nil {
		l.Close()
		return fmt.Errorf("local cloud: %w", err)
	}
	c.services.qm, c.services.qmAddr = q, dialable(l)
	c.serve(l, c.tapped(fault.HTTP(c.faults, fault.QM, q)))
	return nil
}

// demoQuality tells the application of everything.
func (c *Cloud) demoQuality() *settings.Quality {
	endpoint := func(channel string) *settings.QualityEndpoint {
		return &settings.QualityEndpoint{
			URL: "http://" + c.services.qmAddr + "/events/" + channel, SigningSecret: "secret://" + qmSecret,
			Basic: &settings.Basic{Username: demoUser, Password: "secret://demo-crm"},
		}
	}
	return &settings.Quality{Call: endpoint("call"), Chat: endpoint("chat")}
}

// mountQM adds what the application was told to the controls.
func (c *Cloud) mountQM(mux *http.ServeMux) {
	mux.HandleFunc("GET /emulator/qm", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, c.services.qm.Snapshot()) })
	mux.HandleFunc("GET /emulator/qm/page/", func(w http.ResponseWriter, r *http.Request) {
		c.services.qm.Pages("/emulator/qm/page").ServeHTTP(w, r)
	})
}
