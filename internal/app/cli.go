package app

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/hereby/hereby/internal/config"
)

// Exit codes of the program.
const (
	exitOK      = 0
	exitError   = 1
	exitActions = 2 // check: there are findings; plan: there is something to do
)

// command is one word of the program.
type command struct {
	name  string
	args  string // after the name, as the usage shows them
	about string
	run   func(*invocation, []string) int
}

// commands in the order in which the usage shows them.
func commands() []command {
	return []command{
		{"demo", "[--tracker NAME] [--world FILE] [--keep] [--speed N]", "play an incident from the declaration to the close, here and now; needs nothing", playDemo},
		{"serve", "[--dry-run] [--listen HOST:PORT] --config FILE", "run the service; --dry-run logs what it would do and writes nothing", serve},
		{"check", "--config FILE", "say what is wrong with the configuration, the token, the repositories, and what to do", check},
		{"plan", "--config FILE KEY", "show what would be done now about one incident, and why", planOne},
		{"ledger", "show|verify|export|redact --config FILE KEY", "read, prove and copy the record of one incident, or blank a text in it", ledgerOf},
		{"version", "", "say which build of the program this is", version},
	}
}

// invocation is one run of the program.
type invocation struct {
	command
	env            config.Environment
	stdout, stderr io.Writer
}

// Main runs the program with the words after its name and returns the exit
// code: 0 nothing to do, 2 findings or actions, 1 an error.
func Main(args []string, env config.Environment, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		fmt.Fprint(stderr, usage())
		return exitError
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		if len(args) == 1 {
			fmt.Fprint(stdout, usage())
			return exitOK
		}
		args = append(args[1:len(args):len(args)], "--help") // help serve: serve --help
	}
	word := args[0]
	if word == "-version" || word == "--version" {
		word = "version"
	}
	for _, c := range commands() {
		if c.name == word {
			return c.run(&invocation{c, env, stdout, stderr}, args[1:])
		}
	}
	fmt.Fprintf(stderr, "hereby: there is no command %q\n\n%s", args[0], usage())
	return exitError
}

func usage() string {
	var b strings.Builder
	b.WriteString("Hereby turns an issue that somebody declared an incident into a tracked one,\nand keeps it open until everything about it is done.\n\n")
	for _, c := range commands() {
		fmt.Fprintf(&b, "  hereby %s\n      %s\n", strings.TrimSpace(c.name+" "+c.args), c.about)
	}
	b.WriteString("\nhereby COMMAND --help tells more. Exit codes: 0 all is well, 1 an error, 2 check\nfound something to mend, or plan something to do. HEREBY_LOG=json logs for machines.\n")
	return b.String()
}

// options are what the commands' flags say.
type options struct {
	env    config.Environment
	config string
	listen string

	dryRun, json, verbose bool
}

// address is where the service listens.
func (o options) address(c *config.Config) (string, error) {
	if o.listen == "" {
		return c.Listen, nil
	}
	if err := config.CheckListen(o.listen); err != nil {
		return "", fmt.Errorf("--listen or HEREBY_LISTEN: %w", err)
	}
	return o.listen, nil
}

// flags parses the words of a command that works with a configuration. ok is
// false if the program is to end now with the code.
func (in *invocation) flags(args []string, o *options) (rest []string, code int, ok bool) {
	set := in.flagSet()
	in.common(set, o)
	if in.name == "serve" {
		set.BoolVar(&o.dryRun, "dry-run", false, "observe and log what would be done; write nothing to the tracker or the store")
	}
	rest, code, ok = in.parse(set, args)
	if form, _ := in.env("HEREBY_LOG"); ok && form != "" && form != "json" && form != "text" {
		in.complain(fmt.Errorf("HEREBY_LOG is %q; expected json or text", form))
		return nil, exitError, false
	}
	if ok && o.config == "" {
		in.complain(errNoConfig)
		return nil, exitError, false
	}
	return rest, code, ok
}

var errNoConfig = errors.New("which configuration? add --config FILE")

// common adds the flags of every command that works with a configuration.
func (in *invocation) common(set *flag.FlagSet, o *options) {
	o.env = in.env
	form, _ := in.env("HEREBY_LOG")
	set.StringVar(&o.config, "config", "", "the configuration `FILE`")
	set.BoolVar(&o.json, "json", form == "json", "log as JSON (or HEREBY_LOG=json)")
	set.BoolVar(&o.verbose, "verbose", false, "log every request and every plan")
	listen, _ := in.env("HEREBY_LISTEN")
	set.StringVar(&o.listen, "listen", listen, "`HOST:PORT` of the service instead of the configured one (or HEREBY_LISTEN)")
}

func (in *invocation) flagSet() *flag.FlagSet {
	set := flag.NewFlagSet(in.name, flag.ContinueOnError)
	set.SetOutput(io.Discard) // what is wrong is said here, in our words
	return set
}

// manual is what COMMAND --help shows.
func (in *invocation) manual(set *flag.FlagSet) string {
	var b strings.Builder
	fmt.Fprintf(&b, "hereby %s\n    %s\n\n", strings.TrimSpace(in.name+" "+in.args), in.about)
	set.VisitAll(func(f *flag.Flag) {
		value, about := flag.UnquoteUsage(f)
		fmt.Fprintf(&b, "  %s\n      %s\n", strings.TrimSpace("--"+f.Name+" "+value), about)
	})
	return b.String()
}

// stopped ends a command whose flags could not be parsed, or that was only
// asked what it does.
func (in *invocation) stopped(set *flag.FlagSet, err error) int {
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(in.stdout, in.manual(set))
		return exitOK
	}
	if name, ok := strings.CutPrefix(err.Error(), "flag provided but not defined: "); ok {
		err = fmt.Errorf("there is no option -%s", name)
	}
	in.complain(err)
	fmt.Fprintf(in.stderr, "\n%s", in.manual(set))
	return exitError
}

// parse parses words, of which as many as the usage shows may be no flags. ok
// is false if the program is to end now with the code.
func (in *invocation) parse(set *flag.FlagSet, args []string) (rest []string, code int, ok bool) {
	rest, err := interleaved(set, args)
	switch {
	case err != nil:
		return nil, in.stopped(set, err), false
	case len(rest) > 0 && !strings.HasSuffix(in.args, " KEY"):
		in.complain(fmt.Errorf("there is nothing to do with %q", rest))
		return nil, exitError, false
	}
	return rest, exitOK, true
}

// interleaved parses flags before and after the words that are none.
func interleaved(set *flag.FlagSet, args []string) (words []string, err error) {
	for {
		if err := set.Parse(args); err != nil {
			return nil, err
		}
		if set.NArg() == 0 {
			return words, nil
		}
		words = append(words, set.Arg(0))
		args = set.Args()[1:]
	}
}

// complain tells a person what went wrong.
func (in *invocation) complain(err error) {
	fmt.Fprintf(in.stderr, "hereby %s: %v\n", in.name, err)
}
