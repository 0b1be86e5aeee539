package command

import "testing"

func TestMayDeclareSeesThePhraseInAnyDress(t *testing.T) {
	for _, text := range []string{
		"I hereby declare this an incident",
		"I HEREBY DECLARE AN INCIDENT!",
		"ok.\r\nI hereby\r\ndeclare this\tan incident.",
		"I “hereby” declare an ‘incident’",
		"Ｉ ｈｅｒｅｂｙ ｄｅｃｌａｒｅ ａｎ ｉｎｃｉｄｅｎｔ",
		"I here\u200bby de\u00adclare an inci\ufeffdent",
		"I&nbsp;hereby&#32;declare an incident",
		"I &#104;ereby decl&#97;re",
		"I **here**by _declare_ an incident",
		"I here<b>by</b> decl<i>are</i> an incident",
		"a < b, and I hereby declare an incident",
		"𝐈 𝐡𝐞𝐫𝐞𝐛𝐲 𝐝𝐞𝐜𝐥𝐚𝐫𝐞 an incident",
		"> I hereby declare an incident",
		"I herby declare an incident",
		"is this an incident?",
	} {
		if !MayDeclare(text) {
			t.Errorf("MayDeclare(%q) = false", text)
		}
	}
}

func TestMayDeclareLeavesOrdinaryTextAlone(t *testing.T) {
	for _, text := range []string{
		"", "Checkout is broken", "we had an incident last week", "please declare your variables",
		"hereby ops", "Bump lodash from 1 to 2 <details>incident</details>", "\xff\xfe",
	} {
		if MayDeclare(text) {
			t.Errorf("MayDeclare(%q) = true", text)
		}
	}
}
