package local

import "sessionbridge.internal/emulator/crm"

// OnCall has f called before and after every call that a service of the cloud is asked to do; nil ends it.
func (c *Cloud) OnCall(f func()) {
	if f == nil {
		c.onCall.Store(nil)
		return
	}
	c.onCall.Store(&f)
}

// CRMRequests are those that the demo CRM received, and its address.
func (c *Cloud) CRMRequests() (address string, made []crm.Request) {
	return "http://" + c.services.crmAddr, c.services.crm.Snapshot().Requests
}

// SFTPFingerprint is that of the SFTP server's key.
func (c *Cloud) SFTPFingerprint() string { return c.services.sftp.Fingerprint() }

// KustomerURL is the address of the stand-in for Kustomer.
func (c *Cloud) KustomerURL() string { return "http://" + c.services.kustomerAddr }

// Firestore is the database's address, host:port.
func (c *Cloud) Firestore() string { return c.services.firestore }
