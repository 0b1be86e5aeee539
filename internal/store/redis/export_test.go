package redis

import "time"

// SetIdle replaces the bound on Wait, before anybody waits.
func (s *Store) SetIdle(d time.Duration) { s.idle = d }
