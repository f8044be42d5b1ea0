package console

// Patterns are the addresses of the function.
func Patterns() (all []string) {
	for _, r := range new(console).routes() {
		all = append(all, r.pattern)
	}
	return all
}
