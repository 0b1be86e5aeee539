package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/hereby/hereby/configs"
)

// maxFile bounds a configuration file, in bytes.
const maxFile = 1 << 20

// Environment looks a variable up; os.LookupEnv is one.
type Environment func(name string) (string, bool)

// Load reads a configuration file on top of the defaults. The error is an
// *Error with every finding, unless the file cannot be read.
func Load(path string, env Environment) (*Config, error) {
	info, err := os.Stat(path)
	if err == nil && info.Size() > maxFile {
		return nil, fmt.Errorf("%s has %d bytes; a configuration has at most %d: is this the right file?", path, info.Size(), maxFile)
	}
	data, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no configuration file %s; copy configs/hereby.example.yaml there, or name yours with --config FILE", path)
	case err == nil:
		return Parse(path, data, env)
	case info != nil && info.IsDir():
		return nil, fmt.Errorf("%s is a directory; name the file with --config FILE (a container has a directory there if the file to mount did not exist)", path)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("%s may not be read by this process (user %d); change its owner or mode", path, os.Getuid())
	}
	return nil, fmt.Errorf("the configuration cannot be read: %w", err)
}

// Parse is Load of a file's content; name is for messages.
func Parse(name string, data []byte, env Environment) (*Config, error) {
	c, err := defaults()
	if err != nil {
		return nil, err
	}
	own := decode(name, data, env, c)
	c.places = own.places
	c.drop()
	return c, errorOf(append(own.findings, validate(c, own)...))
}

// defaults decodes the built-in file, whose values hold no variables.
func defaults() (*Config, error) {
	c := new(Config)
	d := decode("default.yaml", configs.Default, func(string) (string, bool) { return "", false }, c)
	return c, errorOf(d.findings)
}

// drop takes out the sections that a team did not write: their defaults say
// how to use a thing, not that it is used.
func (c *Config) drop() {
	if !c.places.has("github") {
		c.GitHub = nil
	}
	if !c.places.has("mail") {
		c.Mail = nil
	}
	if !c.places.has("jira") {
		c.Jira = nil
	} else if c.Jira != nil && !c.places.has("jira.confluence") {
		c.Jira.Confluence = nil
	}
}
