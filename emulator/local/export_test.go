package local

// OnCall has f called before and after every call that a service of the cloud is asked to do; nil ends it.
func (c *Cloud) OnCall(f func()) {
	if f == nil {
		c.onCall.Store(nil)
		return
	}
	c.onCall.Store(&f)
}
