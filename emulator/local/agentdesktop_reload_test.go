package local_test

import "testing"

// An agent who reloads the desk in the middle of a call sees the call and its buttons again, with what the desk is not sure of. What is
// over is forgotten, and another tab that takes the adapters over has the call too.
func TestACallOutlastsAReloadInABrowser(t *testing.T) {
	t.Parallel()
	d, answers := openOdd(t)
	answers.Store(true)
	d.loads()
	d.until(`globalThis.callbacks?.size === 1`)
	d.told(`"ESTABLISHED", "M"`, "Call from 3393669393 · Talking")
	d.told(`"POPUP", "N"`, "Call from 3393669393 · Talking", "Call from 3393669393 · Offered to you")
	d.told(`"JOBFINISHED", "N"`, "Call from 3393669393 · Talking")

	d.loads()
	d.shows("Call from 3393669393 · Talking · as it was before this page was loaded")
	d.until(`globalThis.callbacks?.size === 1`)
	d.picture("agentdesktop-reloaded.png")
	d.presses(0, "Hold")
	d.gave("Hold(M)")
	d.told(`"HELD", "M"`, "Call from 3393669393 · On hold")

	other := desktop{d.opens(d.Client.URL + "/desk/agentdesktop/"), d.cloud}
	other.until(`document.querySelector("#elsewhere").checkVisibility() && !document.querySelector("#agentdesktop").checkVisibility()`)
	other.text(`(document.querySelector("#use-here").click(), "")`)
	other.shows("Call from 3393669393 · On hold · as it was before this page was loaded")
	other.until(`globalThis.callbacks?.size === 1`)
	d.until(`document.querySelector("#elsewhere").checkVisibility() && globalThis.callbacks === undefined`) // loaded again, without the widget

	other.told(`"JOBFINISHED", "M"`)
	for _, one := range []desktop{d, other} {
		one.until(`Object.keys(sessionStorage).every((key) => !key.startsWith("sessionbridge-contacts/"))`)
	}
	d.complains()
}
