// Package notify tells the channels that a team configured what becomes of an
// incident: [Channels] sends a message to webhooks, and by mail if it has one.
//
// # Webhooks
//
// Each receiver gets a POST of JSON:
//
//	{"id":"…","event":"declared","text":"one line for people","url":"https://…","at":"2026-01-02T15:04:05Z"}
//
// with the headers
//
//	X-Hereby-Delivery       the id: the same for a repetition of the same message
//	X-Hereby-Event          the event
//	X-Hereby-Signature-256  sha256= and the HMAC-SHA256 of the body under the receiver's secret, in hex
//
// Chat services that take {"text": …} show the line. An answer of 200 to 299
// within ten seconds is a receipt; anything else, a redirect too, is not, and
// the message is sent again later: at least once, under one id. A receiver
// that fails holds up no other, and one that gave its receipt is not sent the
// same id again by this process.
//
// # Mail
//
// One SMTP server takes what is for readers ([Mail]). Each gets a copy that names
// no other; what the server refuses for now is tried again, without those who
// have it; an address refused for good is named once and holds up nobody.
package notify
