package config

import (
	"net/url"
	"reflect"
	"slices"
	"strings"
)

// Secrets returns every value that must not be printed, for redaction by
// value: the secrets themselves, and the pairs "user:password" under which
// they travel encoded.
func (c *Config) Secrets() []string {
	var s secrets
	s.walk(reflect.ValueOf(c), "")
	if c.GitHub != nil && c.GitHub.Token != "" {
		s.add("x-access-token:" + c.GitHub.Token)
	}
	if j := c.Jira; j != nil {
		s.pair(j.User, j.Token)
		s.pair(j.WebhookBasic.User, j.WebhookBasic.Password)
		if w := j.Confluence; w != nil {
			user, token := w.Login(j)
			s.pair(user, token)
		}
		s.pair("x-access-token", j.Wiki.Token)
	}
	slices.Sort(s.values)
	return slices.Compact(s.values)
}

// longPath is from which length the path of an address is taken for a
// credential, as it is for chat services, rather than a word.
const longPath = 20

type secrets struct{ values []string }

func (s *secrets) add(text string) {
	if text != "" {
		s.values = append(s.values, text)
	}
}

func (s *secrets) pair(user, password string) {
	if user != "" && password != "" {
		s.add(user + ":" + password)
	}
}

// walk collects the values of fields by their tag.
func (s *secrets) walk(v reflect.Value, tag string) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			s.walk(v.Elem(), tag)
		}
	case reflect.Slice:
		for i := range v.Len() {
			s.walk(v.Index(i), tag)
		}
	case reflect.Struct:
		for _, f := range fieldsOf(v.Type()) {
			s.walk(v.FieldByIndex(f.Index), f.Tag.Get("secret"))
		}
	case reflect.String:
		s.take(v.String(), tag)
	}
}

func (s *secrets) take(text, tag string) {
	switch tag {
	case "value":
		s.add(text)
	case "login", "address":
		u, err := url.Parse(text)
		if err != nil {
			s.login(text)
			return
		}
		if password, ok := u.User.Password(); ok {
			s.add(password)
			s.pair(u.User.Username(), password)
		} else if u.User != nil && u.Scheme != "smtp" {
			s.add(u.User.Username()) // a token in the place of the user
		}
		if tag == "address" && len(u.Path) >= longPath {
			s.add(u.Path)
			s.add(u.RawQuery)
		}
		s.query(u)
	}
}

// query takes the values of parameters that are called a password or token.
func (s *secrets) query(u *url.URL) {
	for name, values := range u.Query() {
		if n := strings.ToLower(name); strings.Contains(n, "pass") || strings.Contains(n, "token") || strings.Contains(n, "secret") {
			for _, value := range values {
				s.add(value)
			}
		}
	}
}

// login takes user and password of an address that is not a URL, as those
// with several hosts may be.
func (s *secrets) login(text string) {
	s.add(text)
	_, rest, _ := strings.Cut(text, "://")
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		user, password, _ := strings.Cut(rest[:i], ":")
		s.add(password)
		s.pair(user, password)
	}
}
