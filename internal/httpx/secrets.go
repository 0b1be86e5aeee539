package httpx

import (
	"slices"
	"strings"
	"sync"
)

// Secrets blanks secret values in texts that leave the process: errors, logs.
// It works by value, since tokens have no form one could rely on. The zero
// value is ready; safe for concurrent use.
type Secrets struct {
	mu      sync.RWMutex
	lasting []string
	passing []string // latest last
}

// maxPassing bounds how many short-lived tokens are remembered.
const maxPassing = 256

// Add makes value a secret for good. Values too short to be one are left
// alone, so that a test's "x" does not blank every x.
func (s *Secrets) Add(value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(value) >= 6 && !slices.Contains(s.lasting, value) {
		s.lasting = append(s.lasting, value)
	}
}

// AddPassing makes a short-lived token a secret; the oldest are forgotten.
func (s *Secrets) AddPassing(value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(value) < 6 || slices.Contains(s.passing, value) {
		return
	}
	if len(s.passing) == maxPassing {
		s.passing = slices.Delete(s.passing, 0, 1)
	}
	s.passing = append(s.passing, value)
}

// Redact returns text with every secret blanked.
func (s *Secrets) Redact(text string) string {
	if s == nil {
		return text
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, values := range [][]string{s.lasting, s.passing} {
		for _, v := range values {
			text = strings.ReplaceAll(text, v, "[redacted]")
		}
	}
	return text
}

// Error returns err with every secret blanked in its message; what it wraps
// can still be found.
func (s *Secrets) Error(err error) error {
	if err == nil {
		return nil
	}
	if text := s.Redact(err.Error()); text != err.Error() {
		return &redacted{text, err}
	}
	return err
}

type redacted struct {
	text string
	err  error
}

func (r *redacted) Error() string { return r.text }
func (r *redacted) Unwrap() error { return r.err }
