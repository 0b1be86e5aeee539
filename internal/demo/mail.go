package demo

import (
	"fmt"
	"io"
	"strings"

	"github.com/hereby/hereby/internal/incident"
	"github.com/hereby/hereby/internal/plan"
)

// contacts are the people of the story as the operator knows them.
var contacts = map[incident.Person]plan.Contact{
	"erin":  {Name: "Erin Doyle", Mail: "erin@acme.example"},
	"alice": {Name: "Alice Brandt", Mail: "alice@acme.example"},
	"bob":   {Name: "Bob Santos", Mail: "bob@acme.example"},
	"carol": {Name: "Carol Ng", Mail: "carol@acme.example"},
	"dave":  {Name: "Dave Hill", Mail: "dave@acme.example"},
}

// letters is how the shop mails: nobody outside this process gets any.
var letters = plan.Mail{From: "Hereby <hereby@acme.example>", Lists: map[string][]string{
	"owner": {"Olga <olga@acme.example>"}, "customers": {"status@shop.example"},
	"internal": {"engineering@acme.example"}, "all": {"everybody@acme.example"},
}}

// mailed returns the messages that went out by mail, in turn.
func (s *Stage) mailed() (list []incident.Notify) {
	for _, n := range s.Sent {
		if n.Mail != nil {
			list = append(list, n)
		}
	}
	return list
}

// printMail writes the mails as those who got them read them.
func printMail(w io.Writer, list []incident.Notify) {
	for _, n := range list {
		fmt.Fprintf(w, "To: %s\nSubject: %s\n\n%s\n", strings.Join(n.Mail.To, ", "), n.Mail.Subject, strings.TrimSpace(n.Mail.Text))
		if n.Mail.Calendar != nil {
			fmt.Fprintf(w, "\n%s", strings.NewReplacer("\r\n ", "", "\r\n", "\n").Replace(string(n.Mail.Calendar)))
		}
		fmt.Fprintf(w, "\n%s\n\n", strings.Repeat("-", 72))
	}
}
