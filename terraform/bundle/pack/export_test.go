package pack

import "context"

// CheckWithin says whether the go.mod in the folder part is built of the same versions as that in the folder whole.
func CheckWithin(ctx context.Context, part, whole string) error {
	p, err := readModule(ctx, part)
	if err != nil {
		return err
	}
	w, err := readModule(ctx, whole)
	if err != nil {
		return err
	}
	return p.checkWithin(w)
}
