// Package tasks is the local cloud's Cloud Tasks: a gRPC server for the real client library that keeps queues and HTTP
// tasks in memory and dispatches them on the virtual clock, with the service's own limits, names, headers, retries and
// rates, so that a task due in a week can be watched now.
//
// Its neighbours: emulator/clock gives the time, emulator/identity the OIDC tokens; the local cloud registers Server
// with a grpc.Server, moves the clock by NextDue, Active and Pending, and shows Snapshot to people. Nothing in shared/
// or functions/ imports this package.
//
// Where a rule is documented, the comment cites the page. Where the documentation is silent, the behaviour follows
// recordings of the real service (https://github.com/aertje/cloud-tasks-emulator, conformance/golden): those rules are
// marked "recorded".
//
// # Moving the clock
//
// All due work is done, and the clock may be moved on, when Active is empty. The next moment at which anything can
// happen is NextDue, which includes the time at which a queue's rate lets the next task go. So a queue of one task a
// second does not hold up a clock that jumps:
//
//	for {
//		waitUntil(len(tasks.Active()) == 0)
//		next := tasks.NextDue()
//		if next.IsZero() || next.After(target) {
//			break
//		}
//		clock.AdvanceTo(next)
//	}
//
// Pending says also what is due and waits for its queue's rate. On a clock that runs it empties by itself; on a frozen
// one only by the steps above.
package tasks
