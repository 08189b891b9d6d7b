/** The tables of a fleet: the accounts, the workers that live, and the calls that were allowed. The queue has a schema of its own. */

/** The schema of the queue, and its name. */
export const [QUEUE_SCHEMA, QUEUE] = ['smugmug_fleet_queue', 'backup']

/**
 * Makes the tables. Run again, it changes nothing. A column that came later has a statement of its own, and suits workers that do not know it.
 *
 * `asked`: a backup is wanted that begins after this moment, with the brake off if it is true. Null while nothing was asked for since the last one began.
 */
export const TABLES = `

select pg_advisory_xact_lock(7306353);
create schema if not exists smugmug_fleet;
create table if not exists smugmug_fleet.account (
  name text primary key,
  destination text not null,
  settings text not null,
  secret text not null,
  schedule text not null,
  state text not null default 'active' check (state in ('active', 'paused', 'waiting')),
  next_at timestamptz not null default now(),
  tries int not null default 0,
  worker uuid,
  started_at timestamptz,
  ended_at timestamptz,
  exit_code int,
  message text,
  good_at timestamptz,
  accepts boolean not null default false,
  reported text,
  constraint one_vault_each unique (destination) deferrable initially deferred
);
create index if not exists account_next on smugmug_fleet.account (next_at) where state = 'active';
alter table smugmug_fleet.account add column if not exists asked boolean default false;
create sequence if not exists smugmug_fleet.turn as int;
create table if not exists smugmug_fleet.worker (
  id uuid primary key,
  host text not null,
  pid int not null,
  jobs int not null,
  beat_at timestamptz not null
);
create table if not exists smugmug_fleet.allowance (
  api_key text primary key,
  free_at timestamptz not null
);
create table if not exists smugmug_fleet.notice (
  id int primary key,
  next_at timestamptz not null
);
create table if not exists smugmug_fleet.list (
  id int primary key,
  imports int not null
);
insert into smugmug_fleet.list values (1, 0) on conflict do nothing;
`

/** The silence after which a worker has ended. */
const SILENCE = "interval '30 seconds'"

/** Does a worker live? A sign of life from the time to come is older than it looks: the clock of the database was set back. */
export const IS_ALIVE = `beat_at between now() - ${SILENCE} and now() + ${SILENCE}`

const LIVES = `(select id from smugmug_fleet.worker where ${IS_ALIVE})`

/** Has no worker the job of this account? Also between its taking the job and its beginning, and until the job is out of the queue after its end. */
const IS_FREE = `name not in (select singleton_key from ${QUEUE_SCHEMA}.job where name = '${QUEUE}' and state = 'active')`

/**
 * The accounts with a job, and since when each has waited for a worker: in the queue, or after its worker fell silent. Infinity while one has it. The
 * next turn of such an account says nothing: it was moved on when the job was put into the queue.
 */
const HANDED = `(
  select singleton_key, case when state < 'active' then start_after when heartbeat_on < now() - ${SILENCE} then heartbeat_on else 'infinity' end
  from ${QUEUE_SCHEMA}.job where name = '${QUEUE}' and state <= 'active'
) as handed (account, waits_since)`

/** Reads accounts, with the start of a backup only where its worker lives. */
export const READ_ACCOUNTS = `
select name, destination, settings, secret, schedule, state, tries, ended_at, exit_code, message, good_at,
  case when state = 'active' then least(next_at, waits_since) else next_at end as next_at,
  case when worker in ${LIVES} then started_at end as started_at
from smugmug_fleet.account left join ${HANDED} on account = name`

/** Counts accounts by what their standing follows from. */
export const COUNT_ACCOUNTS = `
select count(*)::int as count, state, exit_code, ended_at is not null as has_ended, worker in ${LIVES} as runs,
  max(case when state = 'active' and coalesce(waits_since, next_at) < now()
    then extract(epoch from now() - coalesce(waits_since, next_at)) * 1000 else 0 end)::float8 as due_ms
from smugmug_fleet.account left join ${HANDED} on account = name group by 2, 3, 4, 5`

/** Counts the imports so far. */
export const READ_IMPORTS = 'select imports from smugmug_fleet.list'

/**
 * Takes new and changed accounts: $1 has the rows as JSON. A changed one is due at once, and waits for a person no more. If there was another import
 * since $2 were counted, it takes none, and returns no row at all; else a row of nulls comes last.
 */
export const WRITE_ACCOUNTS = `
with turn as (
  update smugmug_fleet.list set imports = imports + 1 where imports = coalesce($2, imports) returning imports
), taken as (
insert into smugmug_fleet.account as a (name, destination, settings, secret, schedule)
select name, destination, settings, secret, schedule
from jsonb_to_recordset($1::jsonb) as given (name text, destination text, settings text, secret text, schedule text)
where exists (select from turn)
order by name
on conflict (name) do update set destination = excluded.destination, settings = excluded.settings, secret = excluded.secret,
  schedule = excluded.schedule, state = case a.state when 'waiting' then 'active' else a.state end, next_at = now(), tries = 0,
  asked = coalesce(a.asked, false)
where (a.destination, a.settings, a.secret, a.schedule)
  is distinct from (excluded.destination, excluded.settings, excluded.secret, excluded.schedule)
returning name, xmax = 0 as added
) select name, added from taken union all select null, null from turn`

/** Lets account $1 be backed up now; $2: with the brake off, for one backup. */
export const WAKE = `
update smugmug_fleet.account set state = 'active', next_at = now(), tries = 0, accepts = $2, asked = $2 where name = $1`

/**
 * Chooses the accounts whose turn has come, and gives each a rank: later ones get lower ranks. Without a rank of its own a job that was killed would
 * come after all that were put into the queue with it. An account whose job a worker has stays due until that has ended: the queue takes no second one.
 */
export const READ_DUE = `
select name, schedule, -nextval('smugmug_fleet.turn')::int as rank
from (
  select name, schedule from smugmug_fleet.account where state = 'active' and next_at <= now() and ${IS_FREE} order by next_at limit $1
) as due`

/** Moves accounts that are in the queue to their next turns: $1 has the rows as JSON. One whose backup has ended meanwhile keeps what followed from it. */
export const WRITE_QUEUED = `
update smugmug_fleet.account as a set next_at = given.next_at
from jsonb_to_recordset($1::jsonb) as given (name text, next_at timestamptz)
where a.name = given.name and a.next_at <= now()`

/** Notes that worker $2 begins account $1, if it is to be backed up still. That is the backup that was asked for. */
export const BEGIN = `
update smugmug_fleet.account set worker = $2, started_at = now(), asked = null where name = $1 and state = 'active'
returning name, destination, settings, secret, schedule, tries, accepts`

/**
 * Notes the end of a backup by worker $2. A paused account stays paused. If a backup was asked for since this one began, by a person or by a change
 * in the list, the account is due at once, whatever the end was.
 */
export const END = `
update smugmug_fleet.account set
  worker = nullif(worker, $2), started_at = case when worker = $2 then null else started_at end,
  ended_at = now(), exit_code = $3, message = $4, good_at = case when $3 = 0 then now() else good_at end,
  state = case when state = 'paused' then state when asked is null then $5 else 'active' end,
  next_at = case when asked is null then $6 else now() end, tries = case when asked is null then $7 else 0 end,
  accepts = coalesce(asked, false) or (accepts and coalesce($3, 1) not in (0, 3))
where name = $1
returning state, next_at`

const CODE = "coalesce(exit_code::text, 'signal')"

/**
 * Takes the turn to notify people, at most once in ten minutes for all workers. Returns the accounts that wait for a person and were not reported
 * with their exit code, and those that were reported and whose backups come to their end again; none if it is another's turn. A turn from far in the
 * time to come is one from before the clock was set back; one from a moment later than this was taken while this question waited for it.
 */
export const TAKE_NEWS = `
with news as (
  select name, exit_code, message, state = 'waiting' as waits, case state when 'waiting' then ${CODE} end as code, reported as before
  from smugmug_fleet.account
  where (state = 'waiting' and reported is distinct from ${CODE}) or (state <> 'waiting' and reported is not null and exit_code in (0, 3))
), turn as (
  insert into smugmug_fleet.notice as n (id, next_at) select 1, now() + interval '10 minutes' where exists (select from news)
  on conflict (id) do update set next_at = excluded.next_at where n.next_at not between now() and excluded.next_at + interval '1 minute'
  returning id
)
select name, exit_code, message, waits, code, before from news where exists (select from turn) order by name`

/** Notes what was reported of accounts: $1 has the rows as JSON. A note of another worker since then is newer, and stays. */
export const WRITE_REPORTED = `
update smugmug_fleet.account as a set reported = given.code
from jsonb_to_recordset($1::jsonb) as given (name text, code text, before text)
where a.name = given.name and a.reported is not distinct from given.before`

/** Notes that a worker lives, and forgets those that ended long ago. Returns the time of the database. */
export const BEAT = `
with old as (delete from smugmug_fleet.worker where beat_at < now() - interval '1 hour' and id <> $1)
insert into smugmug_fleet.worker (id, host, pid, jobs, beat_at) values ($1, $2, $3, $4, now())
on conflict (id) do update set beat_at = excluded.beat_at
returning extract(epoch from clock_timestamp()) * 1000 as now_ms`

/**
 * Allows $2 seconds' worth of calls of an API key. Returns the time until the first of them. Workers take few calls ahead: where these reach far into
 * the time to come, the clock of the database was set back since.
 */
export const LEASE = `
insert into smugmug_fleet.allowance as a (api_key, free_at) values ($1, clock_timestamp() + $2::float8 * interval '1 second')
on conflict (api_key) do update set free_at = $2::float8 * interval '1 second' + case
  when a.free_at between clock_timestamp() and clock_timestamp() + interval '10 minutes' then a.free_at else clock_timestamp() end
returning (extract(epoch from free_at - clock_timestamp()) - $2::float8) * 1000 as in_ms`
