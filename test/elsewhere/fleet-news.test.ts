/** Workers that report accounts which wait for a person, and meet trouble with that. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { noPostgres, postgresOfSuite } from '../servers/postgres.ts'
import { openReadyFleet } from '../support/fleet.ts'

describe('a worker that cannot go on with its news', { skip: noPostgres }, () => {
  const postgres = postgresOfSuite()

  test('lets its backups finish what is in flight, and ends with the error', async (t) => {
    const settings = 'calls_per_second = 1\n[notify]\ncommand = "exit 0"'
    const fleet = await openReadyFleet(t, { postgres, accounts: 2, settings })
    fleet.database.sql('alter table smugmug_fleet.notice add constraint no_news check (false) not valid')
    const worker = fleet.start()
    await fleet.until('select count(*) from smugmug_fleet.account where worker is not null', '2')
    fleet.database.sql(
      `insert into smugmug_fleet.account (name, destination, settings, secret, schedule, state, exit_code, ended_at)
       values ('ann', '/vaults/ann', '', 'studio', '24h', 'waiting', 4, now())`,
    )
    const { code, stderr } = await worker.ended
    assert.equal(code, 1)
    assert.match(stderr, /no_news/)
    assert.equal(fleet.database.sql('select count(*) from smugmug_fleet.account where worker is null and exit_code = 130'), '2')
  })
})
