package config

import "time"

// Config is every setting. Field by field it mirrors configs/default.yaml,
// which documents them. The tag secret marks what must never be printed:
// "value" the whole of it, "login" the password inside an address, "address"
// that and the path, which for chat services is the credential.
type Config struct {
	Listen     string            `yaml:"listen"`
	PublicURL  string            `yaml:"public_url"`
	AdminToken string            `yaml:"admin_token" secret:"value"`
	Store      string            `yaml:"store" secret:"login"`
	Templates  string            `yaml:"templates"`
	GitHub     *GitHub           `yaml:"github"` // nil: not used
	Jira       *Jira             `yaml:"jira"`   // nil: not used
	People     map[string]Person `yaml:"people"`
	Owners     map[string]string `yaml:"owners"`
	Mail       *Mail             `yaml:"mail"` // nil: not used
	Notify     Notify            `yaml:"notify"`
	FeedSecret string            `yaml:"feed_secret" secret:"value"`
	Policy     Policy            `yaml:"policy"`

	places places
}

// GitHub says which repositories are served, and how.
type GitHub struct {
	URL            string   `yaml:"url"`
	Token          string   `yaml:"token" secret:"value"`
	App            App      `yaml:"app"`
	WebhookSecrets []string `yaml:"webhook_secrets" secret:"value"`
	Repos          []string `yaml:"repos"`
	Public         bool     `yaml:"public"`
	Authors        []string `yaml:"authors"`
	Wiki           Wiki     `yaml:"wiki"`
}

// App is a GitHub App; the zero value is none.
type App struct {
	ID      int64  `yaml:"id"`
	KeyFile string `yaml:"key_file"`
}

// Wiki is a git wiki in which post-mortem pages live.
type Wiki struct {
	Enabled bool   `yaml:"enabled"`
	URL     string `yaml:"url" secret:"login"`
	Token   string `yaml:"token" secret:"value"`
}

// Jira says which projects are served, and how.
type Jira struct {
	URL             string      `yaml:"url"`
	SiteURL         string      `yaml:"site_url"`
	Edition         string      `yaml:"edition"`
	User            string      `yaml:"user"`
	Token           string      `yaml:"token" secret:"value"`
	WebhookSecrets  []string    `yaml:"webhook_secrets" secret:"value"`
	WebhookBasic    Basic       `yaml:"webhook_basic"`
	WebhookPath     string      `yaml:"webhook_path" secret:"value"`
	Allow           []string    `yaml:"allow"`
	Projects        []string    `yaml:"projects"`
	Trusted         Trusted     `yaml:"trusted"`
	Authors         []string    `yaml:"authors"`
	EpicType        string      `yaml:"epic_type"`
	SubtaskType     string      `yaml:"subtask_type"`
	Wontfix         []string    `yaml:"wontfix"`
	Transitions     Transitions `yaml:"transitions"`
	LinkType        string      `yaml:"link_type"`
	IgnoreLinkTypes []string    `yaml:"ignore_link_types"`
	Confluence      *Confluence `yaml:"confluence"` // nil: not used
	Wiki            Wiki        `yaml:"wiki"`
}

// The editions of Jira.
const (
	Cloud      = "cloud"
	DataCenter = "datacenter"
)

// Basic is a user and password that a webhook's sender shows.
type Basic struct {
	User     string `yaml:"user"`
	Password string `yaml:"password" secret:"value"`
}

// Trusted names who may command on Jira.
type Trusted struct {
	Roles  []string `yaml:"roles"`
	Groups []string `yaml:"groups"`
}

// Transitions names the steps of a workflow that are preferred, where several
// lead to done, or back from it.
type Transitions struct {
	Done   []string `yaml:"done"`
	Reopen []string `yaml:"reopen"`
}

// Confluence is where the post-mortem pages of Jira incidents live, unless
// they live in a git wiki. On Cloud, user and token are Jira's unless given.
type Confluence struct {
	URL   string `yaml:"url"`
	Space string `yaml:"space"`
	User  string `yaml:"user"`
	Token string `yaml:"token" secret:"value"`
}

// Person is what is known of somebody besides the handle.
type Person struct {
	Name string `yaml:"name"`
	Mail string `yaml:"mail"`
	Jira string `yaml:"jira"`
}

// Mail says how mail is sent, and to whom updates go.
type Mail struct {
	SMTP  string `yaml:"smtp" secret:"login"`
	From  string `yaml:"from"`
	Lists Lists  `yaml:"lists"`
}

// Lists are the readers of an update.
type Lists struct {
	Owner     []string `yaml:"owner"`
	Customers []string `yaml:"customers"`
	Internal  []string `yaml:"internal"`
	All       []string `yaml:"all"`
}

// Notify lists the receivers of messages about incidents.
type Notify struct {
	Webhooks []Webhook `yaml:"webhooks"`
}

// Webhook is one receiver; no events are all events.
type Webhook struct {
	URL    string   `yaml:"url" secret:"address"`
	Secret string   `yaml:"secret" secret:"value"`
	Events []string `yaml:"events"`
}

// Policy is what a team decided about how incidents are run.
type Policy struct {
	Label       string        `yaml:"label"`
	Profile     string        `yaml:"profile"`
	Adopt       time.Duration `yaml:"adopt"`
	Staffing    time.Duration `yaml:"staffing"`
	UpdateEvery time.Duration `yaml:"update_every"`
	Call        []string      `yaml:"call"`
	Private     string        `yaml:"private"`
	Checklist   string        `yaml:"checklist"`
	Timezone    string        `yaml:"timezone"`
	Review      Review        `yaml:"review"`
	SweepEvery  time.Duration `yaml:"sweep_every"`
}

// Review says when an incident is reviewed; At is a time of day, Minutes its length.
type Review struct {
	Every   time.Duration `yaml:"every"`
	At      string        `yaml:"at"`
	Minutes int           `yaml:"minutes"`
}

// Location returns the time zone of Policy.Timezone, which was validated.
func (p Policy) Location() *time.Location {
	loc, err := time.LoadLocation(p.Timezone)
	if err != nil {
		return time.UTC // unreachable for a loaded configuration
	}
	return loc
}
