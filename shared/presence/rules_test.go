package presence_test

import (
	"slices"
	"testing"

	"sessionbridge.internal/shared/presence"
)

type rule struct {
	name     string
	twoWay   bool
	priority presence.Priority
	course   func(*play)
	want     string
}

func TestRules(t *testing.T) {
	t.Parallel()
	for _, r := range slices.Concat(directionRules, priorityRules, systemRules, echoRules, loginRules, outcomeRules) {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			p := simulated()
			p.TwoWay, p.Priority, p.CRMSystemStates = r.twoWay, r.priority, []string{"Busy", "Offline"}
			p.ToCentre["Offline"] = "Unavailable"
			y := &play{t: t, p: p, now: epoch}
			r.course(y)
			if got := told(presence.Decide(p, y.a, y.now)); got != r.want {
				t.Errorf("decided %q, want %q", got, r.want)
			}
		})
	}
}

var directionRules = []rule{
	{"the CRM's change is taken to the contact centre", false, "", func(y *play) { y.centre("Available", 1); y.crm("Lunch", 2) }, "centre=Meal"},
	{"two of the CRM's states are one there: nothing to write", false, "", func(y *play) { y.crm("Ready", 1); y.centre("Available", 2); y.crm("Ready mail", 3) }, ""},
	{"one-way: the contact centre's change stays there", false, "", func(y *play) { y.crm("Lunch", 1); y.centre("Available", 2) }, ""},
	{"two-way: the contact centre's change is taken to the CRM", true, "", func(y *play) { y.crm("Ready", 1); y.centre("Meal", 2) }, "crm=Lunch"},
	{"two-way: the configured one of many", true, "", func(y *play) { y.crm("Lunch", 1); y.centre("Available", 2) }, "crm=Ready mail"},
	{"an unmapped state of the CRM changes nothing, visibly", false, "", func(y *play) { y.centre("Available", 1); y.crm("Secret", 2) }, "unmapped crm"},
	{"an unmapped state of the contact centre likewise", true, "", func(y *play) { y.crm("Ready", 1); y.centre("Coaching", 2) }, "unmapped centre"},
	{"who is seen on one side only has no e-mail address in common", false, "", func(y *play) { y.crm("Lunch", 1) }, "unseen centre"},
	{"signing out of the CRM is a choice where it is mapped", false, "", func(y *play) {
		y.crm("Ready", 1)
		y.centre("Available", 2)
		y.observe(presence.Observation{Side: crm, Login: "ws1", State: "Offline", At: at(3), LearntAt: at(3), Ended: true})
	}, "centre=Unavailable"},
	{"who is signed out of the CRM is not written there", true, "", func(y *play) {
		y.crm("Ready", 1)
		y.observe(presence.Observation{Side: crm, Login: "ws1", State: "Offline", At: at(2), LearntAt: at(2), Ended: true})
		y.centre("Meal", 3)
	}, "signed_out crm"},
}

var priorityRules = []rule{
	{"the latest holds, learnt in whatever order", true, "", func(y *play) { y.late(crm, "ws1", "Lunch", 9, 10); y.late(centre, "11", "Available", 5, 11) }, "centre=Meal"},
	{"the CRM overrides the later change", false, presence.CRMOverrides, func(y *play) { y.crm("Lunch", 1); y.centre("Available", 2) }, "centre=Meal"},
	{"in two-way as well", true, presence.CRMOverrides, func(y *play) { y.crm("Lunch", 1); y.centre("Available", 2) }, "centre=Meal"},
	{"the CRM does not override with a state that has no counterpart", true, presence.CRMOverrides, func(y *play) { y.crm("Secret", 1); y.centre("Meal", 2) }, "crm=Lunch"},
	{"nor when the agent has left it", false, presence.CRMOverrides, func(y *play) {
		y.crm("Ready", 1)
		y.observe(presence.Observation{Side: crm, Login: "ws1", State: "Offline", At: at(2), LearntAt: at(2), Ended: true})
		y.centre("Meal", 3)
	}, ""},
	{"nor does what it overrode hold then", false, presence.CRMOverrides, func(y *play) {
		y.crm("Ready", 1)
		y.centre("Meal", 2)
		y.write(done, "Meal", "Available")
		y.observe(presence.Observation{Side: crm, Login: "ws1", State: "Busy", At: at(100), LearntAt: at(100)})
		y.centre("Break", 110)
		y.write(done, "Break", "Available")
		y.observe(presence.Observation{Side: crm, Login: "ws1", At: at(900), LearntAt: at(900), Ended: true})
	}, ""},
	{"a clock a minute ahead is believed", true, "", func(y *play) { y.late(centre, "11", "Meal", 100, 40); y.late(crm, "ws1", "Ready", 60, 60) }, "crm=Lunch"},
	{"of a clock an hour ahead the receipt counts", true, "", func(y *play) { y.late(centre, "11", "Meal", 3640, 40); y.late(crm, "ws1", "Ready", 60, 60) }, "centre=Available"},
	{"of a clock an hour behind too", true, "", func(y *play) { y.crm("Ready", 4000); y.late(centre, "11", "Meal", 500, 4100) }, "crm=Lunch"},
	{"what was read may be old", true, "", func(y *play) {
		y.crm("Ready", 4000)
		y.observe(presence.Observation{Side: centre, Login: "11", State: "Meal", At: at(500), LearntAt: at(4100), Read: true})
	}, "centre=Available"},
	{"what is read now is later than what was known, whatever its time", true, "", func(y *play) {
		y.crm("Ready", 1)
		y.late(centre, "11", "Available", 100, 40)
		y.observe(presence.Observation{Side: centre, Login: "11", State: "Meal", At: at(90), LearntAt: at(60), Read: true})
	}, "crm=Lunch"},
	{"unless it was not so when last read", true, "", func(y *play) {
		y.observe(presence.Observation{Side: centre, Login: "11", State: "Available", At: at(100), LearntAt: at(3900), Read: true})
		y.crm("Ready", 4000)
		y.observe(presence.Observation{Side: centre, Login: "11", State: "Meal", At: at(500), LearntAt: at(4100), Read: true})
	}, "crm=Lunch"},
	{"what was chosen after our write arrived is later, whatever the clocks say", true, "", func(y *play) {
		y.crm("Ready", -60) // its clock is a minute behind, the other a minute ahead
		y.late(centre, "11", "Meal", 70, 10)
		y.write(done, "Ready", "Lunch")
		y.late(crm, "ws1", "Lunch", -49, 12)
		y.late(crm, "ws1", "Training", -30, 30)
	}, "centre=Break"},
}

var systemRules = []rule{
	{"what is first seen after a call was chosen before it", true, "", func(y *play) {
		y.crm("Ready", 1)
		y.centre("In-call", 2)
		y.crm("Lunch", 4)
		y.centre("Break", 6)
	}, "centre=Meal"},
	{"a change waits for the end of a call", false, "", func(y *play) { y.crm("Ready", 1); y.centre("Available", 2); y.centre("In-call", 3); y.crm("Lunch", 4) }, "waiting centre"},
	{"and of the work after it", false, "", func(y *play) {
		y.centre("Available", 2)
		y.centre("In-call", 3)
		y.crm("Lunch", 4)
		y.centre("Wrap-up", 5)
	}, "waiting centre"},
	{"and is applied then, though the state that returns is newer", true, "", func(y *play) {
		y.centre("Available", 2)
		y.centre("In-call", 3)
		y.crm("Lunch", 4)
		y.centre("Available", 5)
	}, "centre=Meal"},
	{"also where the platform makes available who was not", true, "", func(y *play) {
		y.crm("Training", 1)
		y.centre("Break", 2)
		y.centre("In-call", 3)
		y.crm("Lunch", 4)
		y.centre("Available", 5)
	}, "centre=Meal"},
	{"and told in the wrong order", true, "", func(y *play) {
		y.centre("Available", 2)
		y.crm("Lunch", 4)
		y.late(centre, "11", "Available", 5, 5.5)
		y.late(centre, "11", "In-call", 3, 6)
	}, "centre=Meal"},
	{"what the agent chose at the end of the call is later", true, "", func(y *play) {
		y.centre("Available", 2)
		y.centre("In-call", 3)
		y.crm("Lunch", 4)
		y.centre("Break", 5)
	}, "crm=Training"},
	{"a call is no choice", true, "", func(y *play) { y.crm("Ready", 1); y.centre("Available", 2); y.centre("In-call", 3) }, ""},
	{"the tenant's own system state is one", false, "", func(y *play) { y.p.SystemStates = nil; y.centre("Missed Chat", 3); y.crm("Lunch", 4) }, "waiting centre"},
	{"the CRM's as well", true, "", func(y *play) { y.crm("Ready", 1); y.crm("Busy", 2); y.centre("Meal", 3) }, "waiting crm"},
	{"a call seen while a write was under way is one", false, "", func(y *play) {
		y.centre("Available", 1)
		y.crm("Lunch", 2)
		w := presence.Decide(y.p, y.a, y.now).Writes[0]
		y.a = y.a.Sent(w, y.now)
		y.centre("In-call", 2.5)
		y.wait(1)
		y.a = y.a.Answered(presence.Result{Write: w, Outcome: done, Became: "Meal"}, y.now)
		y.crm("Training", 4)
	}, "waiting centre"},
	{"nothing is written to a system state", false, "", func(y *play) { y.p.ToCentre["Lunch"] = "Wrap-up"; y.centre("Available", 1); y.crm("Lunch", 2) }, "system_target crm"},
}

var echoRules = []rule{
	{"an echo is no change", true, "", func(y *play) {
		y.centre("Available", 1)
		y.crm("Lunch", 2)
		y.write(done, "Available", "Meal")
		y.centre("Meal", 2.5)
	}, ""},
	{"nor before the answer", true, "", func(y *play) {
		y.centre("Available", 1)
		y.crm("Lunch", 2)
		y.a = y.a.Sent(presence.Decide(y.p, y.a, y.now).Writes[0], y.now)
		y.centre("Meal", 2.5)
	}, ""},
	{"nor long after the next change", true, "", func(y *play) {
		y.centre("Available", 1)
		y.crm("Lunch", 2)
		y.write(done, "Available", "Meal")
		y.crm("Training", 4)
		y.write(done, "Meal", "Break")
		y.late(centre, "11", "Meal", 5, 600) // by a clock two seconds ahead
	}, "centre=Break"},
	{"nor one in another letter case", true, "", func(y *play) {
		y.centre("Available", 1)
		y.crm("Lunch", 2)
		y.write(done, "Available", "MEAL")
		y.centre(" meal", 2.5)
	}, ""},
	{"nor under the name that the answer gave it", true, "", func(y *play) {
		y.centre("Available", 1)
		y.crm("Lunch", 2)
		y.write(done, "Available", "Mahlzeit")
		y.centre("Mahlzeit", 2.5)
	}, ""},
	{"nor as another state with the same counterpart", true, "", func(y *play) {
		y.crm("Lunch", 1)
		y.centre("Available", 2)
		y.write(done, "Lunch", "Ready mail")
		y.crm("Ready", 2.5)
	}, ""},
	{"the same choice of the agent after it is a change", true, "", func(y *play) {
		y.centre("Available", 1)
		y.crm("Lunch", 2)
		y.write(done, "Available", "Meal")
		y.centre("Meal", 2.5)
		y.centre("Break", 10)
		y.centre("Meal", 20)
		y.late(crm, "ws1", "Training", 15, 21)
	}, "crm=Lunch"},
	{"a write that changed nothing has no echo", true, "", func(y *play) {
		y.centre("Available", 1)
		y.crm("Lunch", 2)
		y.write(done, "Meal", "Meal")
		y.late(centre, "11", "Meal", 2.2, 5)
		y.late(crm, "ws1", "Training", 2.1, 6)
	}, "crm=Lunch"},
	{"a write that is lost proves nothing about what came after", false, "", func(y *play) {
		y.centre("Available", 0.5)
		y.crm("Lunch", 5)
		y.write(presence.Lost, "", "")
		y.late(centre, "11", "Meal", 1, 7)
		y.observe(presence.Observation{Side: centre, Login: "11", State: "Break", At: at(3), LearntAt: at(8), Read: true})
	}, "centre=Meal"},
	{"our write over a change not yet known is made good", true, "", func(y *play) {
		y.crm("Lunch", 1)
		y.centre("Available", 0.5)
		y.write(done, "Break", "Meal")
		y.late(centre, "11", "Meal", 1.9, 3)
		y.late(centre, "11", "Break", 1.5, 4)
	}, "centre=Break, crm=Training"},
	{"a side changed back each time is left in peace for a while", false, presence.CRMOverrides, func(y *play) {
		y.crm("Lunch", 1)
		for i := range 6 {
			y.centre("Break", float64(10*i+5))
			y.write(done, "Break", "Meal")
			y.centre("Meal", float64(10*i+6))
		}
		y.centre("Break", 100)
	}, "restless centre"},
}

var loginRules = []rule{
	{"two work sessions are reported, and nothing is written", false, "", func(y *play) {
		y.centre("Available", 1)
		y.see(crm, "ws1", "Ready", 2)
		y.see(crm, "ws2", "Lunch", 3)
	}, "two_logins crm"},
	{"two agents of one address too", true, "", func(y *play) {
		y.crm("Lunch", 1)
		y.see(centre, "11", "Available", 2)
		y.see(centre, "12", "Break", 3)
	}, "two_logins centre"},
	{"when one has ended the other counts", false, "", func(y *play) {
		y.centre("Available", 1)
		y.see(crm, "ws1", "Training", 2)
		y.see(crm, "ws2", "Lunch", 3)
		y.observe(presence.Observation{Side: crm, Login: "ws1", At: at(4), LearntAt: at(4), Ended: true})
	}, "centre=Meal"},
	{"also if its end is told first", false, "", func(y *play) {
		y.centre("Available", 1)
		y.observe(presence.Observation{Side: crm, Login: "ws1", At: at(4), LearntAt: at(4), Ended: true})
		y.see(crm, "ws2", "Lunch", 5)
		y.late(crm, "ws1", "Training", 2, 6)
	}, "centre=Meal"},
	{"one that a reading missed may be there still", false, "", func(y *play) {
		y.centre("Available", 1)
		y.see(crm, "ws1", "Training", 2)
		y.see(crm, "ws2", "Lunch", 3)
		y.observe(presence.Observation{Side: crm, Login: "ws1", LearntAt: at(4), Missed: true})
	}, "look crm, two_logins crm"},
	{"that two missed is over", false, "", func(y *play) {
		y.centre("Available", 1)
		y.see(crm, "ws1", "Training", 2)
		y.see(crm, "ws2", "Lunch", 3)
		y.observe(presence.Observation{Side: crm, Login: "ws1", LearntAt: at(4), Missed: true})
		y.observe(presence.Observation{Side: crm, Login: "ws1", LearntAt: at(5), Missed: true})
	}, "centre=Meal"},
	{"one that was read in between goes on", false, "", func(y *play) {
		y.centre("Available", 1)
		y.crm("Lunch", 2)
		y.observe(presence.Observation{Side: crm, Login: "ws1", LearntAt: at(4), Missed: true})
		y.observe(presence.Observation{Side: crm, Login: "ws1", State: "Lunch", At: at(2), LearntAt: at(5), Read: true})
		y.observe(presence.Observation{Side: crm, Login: "ws1", LearntAt: at(6), Missed: true})
	}, "centre=Meal"},
	{"nothing is written to one that was missed", true, "", func(y *play) {
		y.crm("Ready", 1)
		y.observe(presence.Observation{Side: crm, Login: "ws1", LearntAt: at(2), Missed: true})
		y.centre("Meal", 3)
	}, "look crm"},
	{"who logs out of the contact centre and in again has chosen that", true, "", func(y *play) {
		y.centre("Available", 1)
		y.observe(presence.Observation{Side: centre, Login: "11", State: "logged_out", At: at(2), LearntAt: at(2), Ended: true})
		y.crm("Lunch", 3)
		y.centre("Available", 4)
	}, "crm=Ready mail"},
	{"a logout that has a counterpart is a choice", true, "", func(y *play) {
		y.p.ToCentre["Training"] = "logged_out"
		y.crm("Ready", 1)
		y.observe(presence.Observation{Side: centre, Login: "11", State: "logged_out", At: at(2), LearntAt: at(2), Ended: true})
	}, "crm=Training"},
	{"who comes back with the same login has one", false, "", func(y *play) {
		y.crm("Lunch", 1)
		y.observe(presence.Observation{Side: centre, Login: "11", State: "Offline", At: at(2), LearntAt: at(2), Ended: true})
		y.centre("Unavailable", 3)
		y.crm("Training", 4)
	}, "centre=Break"},
}

var outcomeRules = []rule{
	{"what is under way is waited for", false, "", func(y *play) {
		y.centre("Available", 1)
		y.crm("Lunch", 2)
		y.a = y.a.Sent(presence.Decide(y.p, y.a, y.now).Writes[0], y.now)
		y.crm("Training", 3)
	}, ""},
	{"what stays without an answer is looked at", false, "", func(y *play) {
		y.centre("Available", 1)
		y.crm("Lunch", 2)
		y.a = y.a.Sent(presence.Decide(y.p, y.a, y.now).Writes[0], y.now)
		y.wait(60)
	}, "look centre, unknown centre"},
	{"an event is no look", false, "", func(y *play) {
		y.centre("Available", 1)
		y.crm("Lunch", 2)
		y.write(presence.Lost, "", "")
		y.centre("Break", 5)
		y.crm("Lunch", 6)
		y.crm("Training", 7)
		y.crm("Lunch", 8)
	}, "look centre, unknown centre"},
	{"it is repeated if the look shows that it was not done", false, "", func(y *play) {
		y.centre("Available", 1)
		y.crm("Lunch", 2)
		y.write(presence.Lost, "", "")
		y.observe(presence.Observation{Side: centre, Login: "11", State: "Available", At: at(1), LearntAt: at(5), Read: true})
	}, "centre=Meal"},
	{"and not if it was", false, "", func(y *play) {
		y.centre("Available", 1)
		y.crm("Lunch", 2)
		y.write(presence.Lost, "", "")
		y.observe(presence.Observation{Side: centre, Login: "11", State: "Meal", At: at(2.5), LearntAt: at(5), Read: true})
	}, ""},
	{"a refusal for a system state waits for its end", false, "", func(y *play) { refused(y) }, "waiting centre"},
	{"and is tried again then", false, "", func(y *play) { refused(y); y.centre("Available", 4) }, "centre=Meal"},
	{"or after half a minute, if its end is not told", false, "", func(y *play) { refused(y); y.wait(31) }, "centre=Meal"},
	{"a refusal for another reason is tried again after half a minute", false, "", func(y *play) {
		y.centre("Available", 1)
		y.crm("Lunch", 2)
		y.write(presence.Refused, "Available", "Available")
		y.observe(presence.Observation{Side: centre, Login: "11", State: "Available", At: at(1), LearntAt: at(9), Read: true})
	}, "declined centre"},
	{"and the second time after a minute", false, "", func(y *play) {
		y.centre("Available", 1)
		y.crm("Lunch", 2)
		y.write(presence.Refused, "Available", "Available")
		y.wait(30)
		y.write(presence.Refused, "Available", "Available")
		y.wait(59)
	}, "declined centre"},
	{"but another state at once", false, "", func(y *play) {
		y.centre("Available", 1)
		y.crm("Lunch", 2)
		y.write(presence.Refused, "Available", "Available")
		y.crm("Training", 4)
	}, "centre=Break"},
}

// refused is a call that nobody told us of.
func refused(y *play) {
	y.t.Helper()
	y.centre("Available", 1)
	y.crm("Lunch", 2)
	y.write(presence.Busy, "In-call", "In-call")
}
