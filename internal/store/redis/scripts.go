package redis

import "github.com/redis/go-redis/v9"

// Lua's numbers are doubles and hold ms exactly; they are written with %.0f,
// since tostring would fall into exponents.

// clock defines now, the server's time in ms.
const clock = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local function str(n) return string.format('%.0f', n) end
`

// moving defines how a place in the queue changes.
//
//	KEYS 1 due, 2 token, 3 dirty, 4 tries    ARGV 1 wake channel
const moving = clock + `
local function announce(at)
  local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
  if at <= now or at <= tonumber(first[2]) then redis.pcall('PUBLISH', ARGV[1], '1') end
end
-- touch(key, at) returns 0 if nothing was written, 2 if the key is due earlier now, else 1
local function touch(key, at)
  if redis.call('HEXISTS', KEYS[2], key) == 1 then
    local dirty = tonumber(redis.call('HGET', KEYS[3], key) or nil)
    if dirty and dirty <= at then return 0 end
    redis.call('HSET', KEYS[3], key, str(at))
    return 1
  end
  local due = tonumber(redis.call('ZSCORE', KEYS[1], key) or nil)
  if due and due <= at then return 0 end
  redis.call('ZADD', KEYS[1], str(at), key)
  return 2
end
`

// epoch defines since, the store's epoch in ms, and begins a new one if this
// server has not the memory of the one that wrote meta.
//
//	KEYS 1 meta    ARGV 1 schema
//
// The run id changes with each start; the history id also when a replica is
// promoted, even if it was the master once before and is the same process.
//
// A server that has no such section in INFO (a test double) has no identity
// but its data; one that forbids INFO is an error.
const epoch = clock + `
local function field(section, name)
  local info = redis.pcall('INFO', section)
  if type(info) == 'string' then return string.match(info, '\n' .. name .. ':(%x+)') or '' end
  if string.find(info.err, 'not supported') then return '' end
  error('INFO, which tells whether this server has forgotten anything, failed: ' .. info.err)
end
local server = field('server', 'run_id') .. '/' .. field('replication', 'master_replid')
local meta = redis.call('HMGET', KEYS[1], 'since', 'server', 'schema')
if meta[3] and tonumber(meta[3]) > tonumber(ARGV[1]) then
  return redis.error_reply('HEREBY a newer hereby wrote this store (layout ' .. meta[3] .. ', this one reads up to ' .. ARGV[1] .. '): run that release or set another namespace')
end
local since = meta[1]
if not since or meta[2] ~= server then
  since = str(now)
  redis.call('HSET', KEYS[1], 'since', since, 'server', server, 'schema', ARGV[1])
end
`

var (
	// ping makes sure that the server takes writes.
	//
	//	KEYS 1 meta    result "OK"
	ping = redis.NewScript(clock + `
redis.call('HSET', KEYS[1], 'ping', str(now))
return redis.status_reply('OK')`)

	// touch makes keys due.
	//
	//	KEYS as moving, without tries
	//	ARGV 1 wake channel, 2 the time in ms (0: now), 3… keys
	//	result: how many were written
	touch = redis.NewScript(moving + `
local at, n, most = math.max(tonumber(ARGV[2]), now), 0, 0
for i = 3, #ARGV do
  local what = touch(ARGV[i], at)
  if what > 0 then n = n + 1 end
  most = math.max(most, what)
end
if most == 2 then announce(at) end
return n`)

	// lease takes the key that has been due longest.
	//
	//	KEYS as moving    ARGV 1 ttl in ms, 2 token
	//	result: {} nothing in the queue; {next} nothing is due before;
	//	        {key, now, tries, expires} as strings
	lease = redis.NewScript(clock + `
local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
if #first == 0 then return {} end
if tonumber(first[2]) > now then return {first[2]} end
local key, expires = first[1], str(now + tonumber(ARGV[1]))
local dirty = tonumber(redis.call('HGET', KEYS[3], key) or nil)
if dirty and dirty <= now then redis.call('HDEL', KEYS[3], key) end
redis.call('ZADD', KEYS[1], expires, key)
redis.call('HSET', KEYS[2], key, ARGV[2])
local tries = redis.call('HINCRBY', KEYS[4], key, 1) - 1
return {key, str(now), str(tries), expires}`)

	// release ends a lease and merges the touches that came meanwhile.
	//
	//	KEYS as moving    ARGV 1 wake channel, 2 key, 3 token, 4 next in ms (0: none), 5 "1" if ok
	//	result: 1 done, 0 lost
	release = redis.NewScript(moving + `
local key = ARGV[2]
if redis.call('HGET', KEYS[2], key) ~= ARGV[3] then return 0 end
local at = tonumber(ARGV[4])
if at > 0 then at = math.max(at, now) end
local dirty = tonumber(redis.call('HGET', KEYS[3], key) or nil)
if dirty and (at == 0 or dirty < at) then at = dirty end
redis.call('HDEL', KEYS[2], key)
redis.call('HDEL', KEYS[3], key)
if ARGV[5] == '1' then redis.call('HDEL', KEYS[4], key) end
if at == 0 then
  redis.call('ZREM', KEYS[1], key)
else
  redis.call('ZADD', KEYS[1], str(at), key)
  announce(at)
end
return 1`)

	// load reads a key's state under the epoch.
	//
	//	KEYS 1 meta, 2 state    ARGV 1 schema
	//	result: {epoch in ms, journal, record}, the latter two "" if there is none
	load = redis.NewScript(epoch + `
local state = redis.call('HMGET', KEYS[2], 'journal', 'record')
return {since, state[1] or '', state[2] or ''}`)

	// save replaces the journal of a leased key.
	//
	//	KEYS 1 token, 2 state    ARGV 1 key, 2 token, 3 journal
	//	result: 1 done, 0 lost
	save = redis.NewScript(`
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[2], 'journal', ARGV[3])
return 1`)

	// append adds to the ledger of a leased key and replaces record and index.
	//
	//	KEYS 1 token, 2 state, 3 ledger, 4 heads, 5 incidents
	//	ARGV 1 key, 2 token, 3 record, 4 its seq, 5 names, 6 summary or "",
	//	     then a number and an entry for each entry
	//	result: {1} done; {0} lost; {2, number} another entry has that number
	appendTo = redis.NewScript(indexing + `
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return {0} end
for i = 7, #ARGV, 2 do
  local have = redis.call('ZRANGEBYSCORE', KEYS[3], ARGV[i], ARGV[i])
  if #have > 0 and have[1] ~= ARGV[i + 1] then return {2, tonumber(ARGV[i])} end
end
for i = 7, #ARGV, 2 do redis.call('ZADD', KEYS[3], ARGV[i], ARGV[i + 1]) end
index(KEYS[4], KEYS[5], KEYS[2], ARGV[1], ARGV[5], ARGV[6])
redis.call('HSET', KEYS[2], 'record', ARGV[3], 'seq', ARGV[4])
return {1}`)

	// rename moves what is kept of a leased key to another.
	//
	//	KEYS 1–4 as moving, 5 heads, 6 incidents, 7 state and 8 ledger of the
	//	     leased key, 9 state and 10 ledger of the other
	//	ARGV 1 wake channel, 2 key, 3 token, 4 other key,
	//	     5 what moves: "nothing", "journal" or "all",
	//	     6 journal of the other as it was read, 7 its record's seq likewise,
	//	     8 journal after the rename, 9 names and 10 summary of what moves
	//	result: 1 done, 0 lost, 2 the other has changed: read it again
	rename = redis.NewScript(moving + indexing + `
local from, to = ARGV[2], ARGV[4]
if redis.call('HGET', KEYS[2], from) ~= ARGV[3] then return 0 end
local other = redis.call('HMGET', KEYS[9], 'journal', 'seq')
if (other[1] or '') ~= ARGV[6] or (other[2] or '') ~= ARGV[7] then return 2 end
if ARGV[5] == 'all' then
  local kept = redis.call('HMGET', KEYS[7], 'record', 'seq')
  index(KEYS[5], KEYS[6], KEYS[9], to, ARGV[9], ARGV[10])
  redis.call('HSET', KEYS[9], 'record', kept[1], 'seq', kept[2])
  redis.call('DEL', KEYS[10])
  if redis.call('EXISTS', KEYS[8]) == 1 then redis.call('RENAME', KEYS[8], KEYS[10]) end
end
if ARGV[5] ~= 'nothing' then
  redis.call('HSET', KEYS[9], 'journal', ARGV[8])
  index(KEYS[5], KEYS[6], KEYS[7], from, '[]', '')
  redis.call('DEL', KEYS[7], KEYS[8])
  redis.call('HDEL', KEYS[2], to)
  redis.call('HDEL', KEYS[3], to)
  redis.call('ZADD', KEYS[1], str(now), to)
end
for i = 2, 4 do redis.call('HDEL', KEYS[i], from) end
redis.call('ZREM', KEYS[1], from)
if ARGV[5] ~= 'nothing' or touch(to, now) == 2 then announce(now) end
return 1`)
)

// redact puts blanked entries in the place of what they were. What had to go is
// told by digests, so that no log of commands takes it up again.
//
//	KEYS 1–4 as moving, 5 heads, 6 incidents, 7 state, 8 ledger
//	ARGV 1 wake channel, 2 key, 3 seq of the record as it was read,
//	     4 SHA-1 of the journal as it was read ("" has one too), 5 journal after,
//	     6 record, 7 its seq, 8 names, 9 summary or "", then for each entry its
//	     number, the SHA-1 of what it was ("": it is new) and what it is
//	result: 1 done, 0 the record has changed, 2 the journal or an entry has: read it again
var redact = redis.NewScript(moving + indexing + `
local key = ARGV[2]
local kept = redis.call('HMGET', KEYS[7], 'seq', 'journal')
if (kept[1] or '') ~= ARGV[3] then return 0 end
if redis.sha1hex(kept[2] or '') ~= ARGV[4] then return 2 end
for i = 10, #ARGV, 3 do
  local have = redis.call('ZRANGEBYSCORE', KEYS[8], ARGV[i], ARGV[i])
  local sum = ''
  if #have > 0 then sum = redis.sha1hex(have[1]) end
  if sum ~= ARGV[i + 1] then return 2 end
end
for i = 10, #ARGV, 3 do
  redis.call('ZREMRANGEBYSCORE', KEYS[8], ARGV[i], ARGV[i])
  redis.call('ZADD', KEYS[8], ARGV[i], ARGV[i + 2])
end
index(KEYS[5], KEYS[6], KEYS[7], key, ARGV[8], ARGV[9])
redis.call('HSET', KEYS[7], 'record', ARGV[6], 'seq', ARGV[7])
if kept[2] then redis.call('HSET', KEYS[7], 'journal', ARGV[5]) end
redis.call('HDEL', KEYS[2], key)
redis.call('HDEL', KEYS[3], key)
redis.call('ZADD', KEYS[1], str(now), key)
announce(now)
return 1`)

// indexing defines how what heads and incidents hold of a key is replaced.
const indexing = `
local function index(heads, incidents, state, key, names, summary)
  local old = redis.call('HGET', state, 'names') or '[]'
  if old ~= names then
    for _, name in ipairs(cjson.decode(old)) do redis.call('ZREM', heads, name .. '\0' .. key) end
    for _, name in ipairs(cjson.decode(names)) do redis.call('ZADD', heads, 0, name .. '\0' .. key) end
  end
  redis.call('HSET', state, 'names', names)
  if summary == '' then redis.call('HDEL', incidents, key) else redis.call('HSET', incidents, key, summary) end
end
`
