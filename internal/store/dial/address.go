package dial

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

const port = "6379"

// target is a Redis address as read.
type target struct {
	client    goredis.UniversalOptions
	namespace string
	name      string // the address without user, password and parameters
}

// parse reads a Redis address.
func parse(dsn string) (*target, error) {
	scheme, rest, ok := strings.Cut(dsn, "://")
	if !ok {
		return nil, wrong("it lacks // after %q", strings.TrimSuffix(scheme, ":"))
	}
	user, hosts, path := split(rest)
	u, err := url.Parse(scheme + "://" + user + "host" + path)
	if err != nil {
		return nil, wrong("%s", plain(err))
	}
	t := &target{client: goredis.UniversalOptions{
		ContextTimeoutEnabled: true,
		DialerRetries:         1, // commands are retried; a webhook must be answered soon
		DialTimeout:           2 * time.Second,
	}}
	t.client.Username = u.User.Username()
	t.client.Password, _ = u.User.Password()
	values, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, wrong("a parameter cannot be read: percent signs must be escaped as %%25")
	}
	for _, host := range append(strings.Split(hosts, ","), values["addr"]...) {
		addr, err := address(host)
		if err != nil {
			return nil, err
		}
		t.client.Addrs = append(t.client.Addrs, addr)
	}
	if err := t.params(values); err != nil {
		return nil, err
	}
	if err := t.database(strings.Trim(u.Path, "/")); err != nil {
		return nil, err
	}
	if scheme == "rediss" {
		t.client.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: values.Get("skip_verify") == "true"}
	}
	t.name = scheme + "://" + strings.Join(t.client.Addrs, ",")
	return t, nil
}

// split cuts what follows the scheme into "user:password@", hosts, and path
// with parameters. Hosts in a list are no URL, so this is done by hand.
func split(rest string) (user, hosts, path string) {
	authority := rest
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority, path = rest[:i], rest[i:]
	}
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		return authority[:i+1], authority[i+1:], path
	}
	return "", authority, path
}

// plain returns an error of url.Parse without the address, which may hold a
// password.
func plain(err error) error {
	var e *url.Error
	if !errors.As(err, &e) {
		return err
	}
	var escape url.EscapeError
	if errors.As(err, &escape) || strings.Contains(e.Err.Error(), "userinfo") {
		return errors.New("in user and password all but letters, digits and -._~ must be escaped, as in %40 for @")
	}
	return errors.New("it is no address")
}

func wrong(format string, args ...any) error {
	return fmt.Errorf("the store's address cannot be read: %s. Expected redis://[USER:PASSWORD@]HOST[:PORT][/DB], or rediss:// for TLS", fmt.Sprintf(format, args...))
}

func address(host string) (string, error) {
	if host == "" {
		return "", wrong("a host is missing")
	}
	u, err := url.Parse("redis://" + host)
	if err != nil || u.Hostname() == "" || u.Host != host {
		return "", wrong("%q is no host and port", host)
	}
	if u.Port() == "" {
		return net.JoinHostPort(u.Hostname(), port), nil
	}
	return net.JoinHostPort(u.Hostname(), u.Port()), nil
}

func (t *target) database(text string) error {
	if text == "" {
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return wrong("%q is no number of a database", text)
	}
	t.client.DB = n
	return nil
}

// params reads the parameters and refuses those it does not know.
func (t *target) params(values url.Values) error {
	for name, all := range values {
		value := all[len(all)-1]
		var err error
		switch name {
		case "addr":
		case "skip_verify":
			_, err = truth(value)
		case "master_name":
			t.client.MasterName = value
		case "sentinel_username":
			t.client.SentinelUsername = value
		case "sentinel_password":
			t.client.SentinelPassword = value
		case "namespace":
			t.namespace = value
		case "db":
			err = t.database(value)
		case "cluster":
			t.client.IsClusterMode, err = truth(value)
		case "pool_size":
			t.client.PoolSize, err = strconv.Atoi(value)
		case "dial_timeout":
			t.client.DialTimeout, err = time.ParseDuration(value)
		case "read_timeout":
			t.client.ReadTimeout, err = time.ParseDuration(value)
		default:
			return wrong("it has an unknown parameter %q (known: %s)", name, strings.Join(known, ", "))
		}
		if err != nil {
			return wrong("the parameter %s=%s cannot be read", name, value)
		}
	}
	return nil
}

var known = slices.Sorted(slices.Values([]string{"addr", "cluster", "db", "dial_timeout", "master_name", "namespace",
	"pool_size", "read_timeout", "sentinel_password", "sentinel_username", "skip_verify"}))

func truth(text string) (bool, error) {
	if text != "true" && text != "false" {
		return false, errors.New("expected true or false")
	}
	return text == "true", nil
}
