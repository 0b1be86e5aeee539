// Package postmortem is the model of the page that outlives an incident: what
// its parts are, which of them are ours, and how ours are replaced in a text
// that people edit at the same time.
//
// # Whose is what
//
// The page has seven parts (O38–O44), each under a heading of any level. In it
// stand blocks of ours, each between two markers:
//
//	<!-- hereby:1 ID block/people SUMS -->
//	…
//	<!-- /hereby:1 ID block/people -->
//
// ID is the incident's; the first has the form of every marker of ours (see
// package marker), and its data, SUMS, holds a checksum of six characters for
// each line that says something. So a line between the markers is known to be
// ours or somebody's, whatever we wrote long ago. Markers of other incidents
// and of unknown blocks are people's text.
//
// # How a text is changed
//
// [Edits] say what the page should hold, not where: [Apply] can be repeated on
// any newer text, and applied twice it changes nothing more. The rules:
//
//   - Between the markers, lines of ours go and lines of people stay: they
//     come to stand below the block. A line without letters and digits belongs
//     to the line before it.
//   - A marker without its partner counts for the lines of ours directly below
//     (an opening one) or above it (a closing one), and ends with the first
//     line that is not.
//   - A block is replaced where it stands if that is under its own heading,
//     the first time if it is there twice; the others go, as far as they are ours.
//     Elsewhere (moved, nested) it is taken out and put under its heading.
//     The state block belongs to the top, below the title.
//   - Without any marker left, a run of lines that our new text repeats from
//     its first line on is taken for the block; else the block is put under its
//     heading, and without heading, heading and block before the next part.
//   - Everything else is kept byte for byte, but for what Edits do to items and
//     handles, and for line ends where ours would share a line with theirs.
//
// # Reading Markdown
//
// Blocks of Markdown are read as CommonMark has them, as far as needed to tell
// text from code, quotes, comments and lists, in one pass and in linear time.
// Doubt costs no text: whatever is read, nothing of people's is dropped.
package postmortem
