package config

// Where returns the place of a setting in the file; ok is false if the file
// does not mention it.
func (c *Config) Where(path string) (at Place, ok bool) {
	at, ok = c.places[path]
	return at, ok
}
