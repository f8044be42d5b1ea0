package remote

// Meant says whether an entry of file_hosts means the server of an address.
func Meant(entry, address string) bool {
	a, err := parse(nil, address)
	return err == nil && a.meant(entry)
}

// Follow is where a redirect from one address leads.
func Follow(from, location string, hosts ...string) (string, error) {
	a, err := parse(nil, from)
	if err != nil {
		return "", err
	}
	to, err := (&file{o: Options{Hosts: hosts}}).follow(a, location)
	if err != nil {
		return "", err
	}
	return to.URL.String(), nil
}

// ContentRange reads that header.
var ContentRange = contentRange

// MaxParts bounds how many answers may make up the rest of a file.
const MaxParts = maxParts
