package command

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestThePhraseDeclares(t *testing.T) {
	for _, text := range []string{
		"I hereby declare this an incident",
		"I hereby declare this an incident.",
		"I hereby declare an incident!!!",
		"i HEREBY Declare This An InCident",
		"ok, I hereby declare this an incident: checkout is down for everyone",
		"Checkout fails. I hereby declare an incident. Who can help?",
		"I hereby declare this an incident\ncan somebody take ops?",
		"Can somebody look? I hereby declare this an incident",
		"so\nI hereby\n  declare this\nan incident\nthanks",
		"“I hereby declare this an incident”",
		"I “hereby” declare this an ‘incident’",
		"I **hereby** _declare_ this an incident",
		"I, hereby, declare this: an incident",
		"Ｉ　ｈｅｒｅｂｙ　ｄｅｃｌａｒｅ　ａｎ　ｉｎｃｉｄｅｎｔ。",
		"I here\u200bby\u00a0declare an inci\u00addent",
		"I\thereby   declare\r\nthis an incident",
		"I hereby declare this an incident (see https://x.example/?q=1 for the graph)",
		"I hereby declare this an incident on shop.example.com, please help.",
		"🔥🔥 I hereby declare this an incident 🔥🔥",
		"I hereby declare an incident... ?",
		"I hereby declare an incident\n? what now",
	} {
		if got := Declares(strings.Split(text, "\n")); !got.Yes || got.NearMiss {
			t.Errorf("Declares(%q) = %+v", text, got)
		}
	}
}

func TestANearMissIsOnlyHinted(t *testing.T) {
	for _, text := range []string{
		"this is an incident?",
		"This is an incident.",
		"Hm\nIs this an incident?\nI do not know",
		"I declare an incident",
		"I declare this an incident!",
		"we want to declare an incident",
		"Should we declare an incident?",
		"Declare an incident",
		"hereby declare this incident",
		"hereby declare an incident",
		"I hereby declare this incident",
		"I do hereby declare this to be an incident",
		"I hereby declare that this is an incident",
		"I hereby declare this an incident?",
		"Shall I hereby declare this an incident, or not?",
		"I hereby declare an incident?!",
		"I hereby declare this an incident ？",
		"I herby declare this an incident",
		"I hereby delcare this an incident",
		"I hereby declare this an incidnet",
		"I hereby declared this an incident",
		"I hereby declare this an incident-free zone",
	} {
		if got := Declares(strings.Split(text, "\n")); got.Yes || !got.NearMiss {
			t.Errorf("Declares(%q) = %+v", text, got)
		}
	}
}

func TestTalkAboutIncidentsDeclaresNothing(t *testing.T) {
	for _, text := range []string{
		"", " ", "?", "incident", "Incident?",
		"we had an incident last week",
		"We declared an incident last week and it was fine",
		"When you declare an incident, say so",
		"If I declare an incident, who is called?",
		"how do I declare an incident?",
		"we never declare an incident on Fridays",
		"This is an incident that we had before", // a sentence that goes on
		"The incident is over", "I hereby declare that the incident is over",
		"I hereby declare this incident closed",
		"I hereby declare that I wrote this code",
		"I hereby. Declare an island. An incident",
		"I hereby declare. An incident", "I hereby declare! This an incident",
		"I herby delcare an incident", // two slips are too many to see cheaply
		"hereby ops", "/help incident",
		"I declare this variable in the incident package",
		"Hereby done. An incident",
	} {
		if got := Declares(strings.Split(text, "\n")); got != (Declaration{}) {
			t.Errorf("Declares(%q) = %+v", text, got)
		}
	}
}

func TestDeclaresTellsTheLine(t *testing.T) {
	said := []string{"this is an incident?", "", "well,", "I hereby", "declare this an incident"}
	if got, want := Declares(said), (Declaration{Yes: true, Line: 3}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got, want := Declares(said[2:4]), (Declaration{}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got, want := Declares([]string{"hm", "is this an incident?", "I declare an incident"}), (Declaration{NearMiss: true, Line: 1}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// dressed draws the phrase as people might write it.
var dressed = rapid.Custom(func(t *rapid.T) string {
	words := strings.Fields("I hereby declare this an incident")
	if rapid.Bool().Draw(t, "short") {
		words = strings.Fields("I hereby declare an incident")
	}
	gaps := rapid.SampledFrom([]string{" ", "  ", "\n", "\t", "\u00a0", ", ", " “", "” ", " *", "** ", "\r\n"})
	var b strings.Builder
	for i, w := range words {
		if i > 0 {
			b.WriteString(gaps.Draw(t, "gap"))
		}
		for _, r := range w {
			switch rapid.IntRange(0, 5).Draw(t, "letter") {
			case 0:
				r = []rune(strings.ToUpper(string(r)))[0]
			case 1:
				r += '！' - '!' // full width
			case 2:
				b.WriteRune('\u200d')
			}
			b.WriteRune(r)
		}
	}
	return b.String()
})

func TestThePhraseDeclaresInAnyDress(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before := rapid.SampledFrom([]string{"", "ok. ", "What? ", "oh no\n", "("}).Draw(t, "before")
		after := rapid.SampledFrom([]string{"", ".", "!", ")", "\nanyone?", ". Anyone?", " now", "…", ", sorry."}).Draw(t, "after")
		text := before + dressed.Draw(t, "phrase") + after
		if !Declares(strings.Split(text, "\n")).Yes {
			t.Fatalf("%q does not declare", text)
		}
		if !MayDeclare(text) {
			t.Fatalf("MayDeclare misses %q", text)
		}
	})
}

var wordsOfThePhrase = rapid.SampledFrom([]string{
	"I", "we", "hereby", "herby", "declare", "delcare", "declared", "this", "is", "an", "a", "incident", "incidnet", "if",
	"?", ".", "!", "\n", "here", "by", "closed", "-", "'s", "＜b＞", "É",
})

// Whatever Declares sees, the cheap test saw before.
func TestMayDeclareIsNeverTooSeldom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(wordsOfThePhrase, 0, 12).Draw(t, "words"), rapid.SampledFrom([]string{" ", "  ", "\u200b "}).Draw(t, "gap"))
		if d := Declares(strings.Split(text, "\n")); (d.Yes || d.NearMiss) && !MayDeclare(text) {
			t.Fatalf("MayDeclare(%q) = false, Declares says %+v", text, d)
		}
	})
}

func FuzzDeclares(f *testing.F) {
	for _, s := range []string{"I hereby declare this an incident", "is this an incident?", "I here\u200bby\ndeclare an incident?!", "\xff I hereby", "I hereby declare an i\u0307ncident"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		said := strings.Split(text, "\n")
		d := Declares(said)
		if d.Yes && d.NearMiss || d.Line < 0 || d.Line >= len(said) {
			t.Errorf("Declares(%q) = %+v", text, d)
		}
		if (d.Yes || d.NearMiss) && !MayDeclare(text) {
			t.Errorf("MayDeclare(%q) = false, Declares says %+v", text, d)
		}
	})
}
