// Package confluence is a stateful model of Confluence behind real HTTP, in
// both editions: people, spaces with a trash, pages with versions, restrictions,
// properties, labels and attachments. The demo and the tests run against it.
//
// # Shape
//
// A [Server] holds the whole state behind one mutex. Cloud answers below /wiki:
// version 2 of the API at /wiki/api/v2, and of version 1 what is still served
// (labels, search, attachments, the current user) at /wiki/rest/api. Data
// Center answers version 1 at /rest/api. Pages can be looked at in a browser.
//
// What is written must be well-formed, or it is refused; macros are given the
// ids and versions that Confluence gives them, and [Actor.Resave] puts a page
// through what its editor does to it: local ids, paragraphs in list items and
// cells, no thead. A page that somebody may not see is not there for them, but
// its title is taken. Where Confluence's behaviour is undocumented the model
// takes the harsher reading.
//
// # Time and disturbances
//
// All time comes from Options.Clock; ids are counted. Options.Fault decides for
// each API request how it goes wrong, Options.Lag hides changes from searches
// by CQL, and [Server.Before] makes things happen between two requests.
package confluence
