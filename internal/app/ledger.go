package app

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"os/user"
	"slices"
	"strconv"
	"strings"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/ledger"
)

// ledgerFlags are what the flags of hereby ledger say.
type ledgerFlags struct {
	options
	file, out string // of verify and export
	by, text  string // of redact
	yes       bool
}

// ledgerOf is hereby ledger: what is on record about one incident, for people
// (O46).
func ledgerOf(in *invocation, args []string) int {
	verbs := map[string]func(*invocation, *ledgerFlags, []string) error{
		"show": showLedger, "verify": verifyLedger, "export": exportLedger, "redact": redactLedger,
	}
	if len(args) > 0 {
		if run, ok := verbs[args[0]]; ok {
			in.name += " " + args[0]
			in.args, in.about = ledgerUsage[args[0]].args, ledgerUsage[args[0]].about
			return in.ledger(run, args[0], args[1:])
		}
		if _, err := interleaved(in.flagSet(), args); errors.Is(err, flag.ErrHelp) {
			for _, verb := range slices.Sorted(maps.Keys(ledgerUsage)) {
				fmt.Fprintf(in.stdout, "hereby ledger %s %s\n    %s\n", verb, ledgerUsage[verb].args, ledgerUsage[verb].about)
			}
			return exitOK
		}
	}
	in.complain(errors.New("show, verify, export or redact? For example: hereby ledger show --config FILE github:acme/shop#12"))
	return exitError
}

var ledgerUsage = map[string]struct{ args, about string }{
	"show":   {"--config FILE KEY", "print the entries, one a line"},
	"verify": {"--config FILE KEY, or --file EXPORT", "prove that no entry was changed; exit code 1 if one was"},
	"export": {"[--out FILE] --config FILE KEY", "copy the entries as JSON lines"},
	"redact": {"[--by NAME] [--text EXACT] --yes --config FILE KEY SEQ…", "blank the texts of entries, for good; shows them first, without --yes"},
}

func (in *invocation) ledger(run func(*invocation, *ledgerFlags, []string) error, verb string, args []string) int {
	var f ledgerFlags
	set := in.flagSet()
	in.common(set, &f.options)
	f.add(set, verb)
	words, err := interleaved(set, args)
	switch {
	case err != nil:
		return in.stopped(set, err)
	case f.config == "" && f.file == "":
		in.complain(errNoConfig)
		return exitError
	}
	if err := run(in, &f, words); err != nil {
		for line := range strings.Lines(err.Error()) {
			in.complain(errors.New(plain(line))) // it may tell of an export by a stranger
		}
		return exitError
	}
	return exitOK
}

func (f *ledgerFlags) add(set *flag.FlagSet, verb string) {
	switch verb {
	case "verify":
		set.StringVar(&f.file, "file", "", "verify the `EXPORT` in this file; needs no configuration")
	case "export":
		set.StringVar(&f.out, "out", "", "write to this `FILE` instead of the standard output")
	case "redact":
		set.StringVar(&f.by, "by", "", "who does this, for the record (your account's `NAME` here)")
		set.StringVar(&f.text, "text", "", "blank whatever holds this `EXACT` text; - reads it from the standard input, so that no shell history holds it")
		set.BoolVar(&f.yes, "yes", false, "do it: what is blanked cannot be brought back")
	}
}

// open reads the ledger that the words name, of which the first is a key.
func (in *invocation) open(f *ledgerFlags, words []string, board bool) (*desk, book, error) {
	if len(words) != 1 {
		return nil, book{}, errors.New("which incident? Name one, such as github:acme/shop#12")
	}
	key, err := parseKey(words[0])
	if err != nil {
		return nil, book{}, err
	}
	secrets := new(redactor)
	d := &desk{equipment: equipment{log: newLog(in.stderr, f.options, secrets), secrets: secrets}, options: f.options, key: key}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	b, err := d.read(ctx, board)
	if err != nil {
		err = errors.New(secrets.Blank(err.Error()))
	}
	return d, b, err
}

func showLedger(in *invocation, f *ledgerFlags, words []string) error {
	_, b, err := in.open(f, words, false)
	if err != nil {
		return err
	}
	return printLedger(in.stdout, b.Entries)
}

func exportLedger(in *invocation, f *ledgerFlags, words []string) (err error) {
	_, b, err := in.open(f, words, false)
	if err != nil {
		return err
	}
	out := in.stdout
	if f.out != "" {
		file, err := os.OpenFile(f.out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return fmt.Errorf("the export needs a new file: %w", err)
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		out = file
	}
	return writeExport(out, b.Entries)
}

// writeExport writes entries as they are kept, one on a line.
func writeExport(w io.Writer, entries []ledger.Entry) error {
	to := json.NewEncoder(w)
	for _, e := range entries {
		if err := to.Encode(e); err != nil {
			return fmt.Errorf("the export broke off at entry %d: %w", e.Seq, err)
		}
	}
	return nil
}

// readExport reads what writeExport wrote. What is unknown in it is refused:
// nothing may stand there that no hash covers.
func readExport(r io.Reader) (entries []ledger.Entry, err error) {
	from := json.NewDecoder(r)
	from.DisallowUnknownFields()
	for {
		var e ledger.Entry
		switch err := from.Decode(&e); {
		case errors.Is(err, io.EOF):
			return entries, nil
		case err != nil:
			return nil, fmt.Errorf("what should be entry %d cannot be read: %w", len(entries)+1, err)
		}
		entries = append(entries, e)
	}
}

func redactLedger(in *invocation, f *ledgerFlags, words []string) error {
	if len(words) == 0 || len(words) == 1 && f.text == "" {
		return errors.New("what is to go? Name an incident and the numbers of entries, as ledger show tells them, or a text with --text")
	}
	x := ledger.Expunging{Text: f.text}
	for _, word := range words[1:] {
		seq, err := strconv.Atoi(word)
		if err != nil {
			return fmt.Errorf("%q is no number of an entry", word)
		}
		x.Seqs = append(x.Seqs, seq)
	}
	var err error
	if x.By, err = whoRedacts(f.by); err != nil {
		return err
	}
	if f.text == "-" {
		text, err := io.ReadAll(io.LimitReader(os.Stdin, maxRedaction))
		if err != nil {
			return fmt.Errorf("the text cannot be read from the standard input: %w", err)
		}
		if x.Text = strings.TrimRight(string(text), "\r\n"); x.Text == "" {
			return errors.New("the standard input holds no text")
		}
	}
	d, b, err := in.open(f, words[:1], false)
	if err != nil {
		return err
	}
	plan, err := ledger.Expunge(b.Record, b.Entries, x)
	if err != nil {
		return err
	}
	fmt.Fprintf(in.stdout, "%s: these entries lose their texts, for good:\n", d.key)
	if err := printLedger(in.stdout, plan.Blank); err != nil {
		return err
	}
	if !f.yes {
		return errors.New("nothing was changed yet: look at the list, then add --yes")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	done, err := d.redact(ctx, x)
	if err != nil {
		return errors.New(d.secrets.Blank(err.Error()))
	}
	fmt.Fprintf(in.stdout, "done, and on record as entry %d by %s. %s\n", done.Seq, x.By, remains)
	if len(done.Left) > 0 {
		return fmt.Errorf("entries %v hold that text in what the chain covers, such as a name: it cannot be blanked there", done.Left)
	}
	return nil
}

// remains says what a redaction cannot reach.
const remains = `The texts are gone from record and ledger, and the store's own free space was overwritten. Within minutes they go from the board, our replies, our blocks on the page, the items that comments put there, and the tickets filed of them. ` +
	`They may still stand where this program cannot delete them: in the tracker (delete the comment; and what an edit history keeps, of our comments and tickets too; title and text of the issue are recorded again as they read), in what people wrote on the page themselves, ` +
	`in agendas of reviews that were held, in earlier revisions of the wiki, in messages that were sent, in logs, ` +
	`in backups of the store, and with Redis in its append-only file and snapshots until BGREWRITEAOF and BGSAVE have run`

// whoRedacts returns the name that stands on record, by default the account's.
func whoRedacts(by string) (incident.Person, error) {
	if by == "" {
		account, err := user.Current()
		if err != nil {
			return "", fmt.Errorf("who are you? Add --by NAME: the account's name is not known (%w)", err)
		}
		by = account.Username
	}
	if by = plain(by); by == "" || len(by) > maxName {
		return "", fmt.Errorf("--by needs a name of at most %d bytes", maxName)
	}
	return incident.Person(by), nil
}

const (
	maxName      = 200
	maxRedaction = 1 << 20 // of a text that is to go, in bytes
)
