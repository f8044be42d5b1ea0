package doctor

import "time"

func init() { patience = 4 * time.Second }
