package local

import "path/filepath"

// Addresses are where the cloud's services are, host:port, by the names that recorded documents have for them.
func (c *Cloud) Addresses() map[string]string {
	s := c.services
	return map[string]string{
		"front": c.URL[len("http://"):], "crm": s.crmAddr, "media": s.mediaAddr, "storage": s.storageAddr, "qm": s.qmAddr,
		"adapter": s.adapterAddr, "kustomer": s.kustomerAddr, "centre": s.centreAddr,
	}
}

// SFTPDir is the folder that the SFTP server shows.
func (c *Cloud) SFTPDir() string { return filepath.Join(c.dir, "sftp") }
