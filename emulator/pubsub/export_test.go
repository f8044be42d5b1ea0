package pubsub

import "cloud.google.com/go/pubsub/v2/pstest"

// Fake is the fake behind a server, for tests that move its clock.
func (s *Server) Fake() *pstest.Server { return s.fake }
