package config

// idle are the settings that this release reads and does not use.
var idle = []string{"github.wiki"}

// Idle returns a finding for each setting in the file that has no effect in
// this release. They are no error: the file may be meant for the next one.
func (c *Config) Idle() []Finding {
	var found []Finding
	for _, path := range idle {
		if at, ok := c.places[path]; ok {
			found = append(found, Finding{Place: at, Path: path, Problem: "has no effect yet; a later release uses it"})
		}
	}
	return found
}

// Where returns the place of a setting in the file; ok is false if the file
// does not mention it.
func (c *Config) Where(path string) (at Place, ok bool) {
	at, ok = c.places[path]
	return at, ok
}
