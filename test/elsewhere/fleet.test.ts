/** Many accounts, one queue: what a person does with a fleet, against a real PostgreSQL. */
import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { albumNode, photo } from '../../simulator/worlds/make.ts'
import { smallWorld } from '../../simulator/worlds/small.ts'
import { assertHolds, type Line } from '../scenarios/harness.ts'
import { noPostgres, postgresOfSuite } from '../servers/postgres.ts'
import { allow, codeIn } from '../support/allow.ts'
import { openFleet, openReadyFleet, tableOf, WELL } from '../support/fleet.ts'
import { startHttpReceiver } from '../support/receivers.ts'

const accountsOf = (lines: readonly Line[]): readonly Line[] => lines.filter(({ event }) => event === 'fleet.account')

describe('a fleet', { skip: noPostgres }, () => {
  const postgres = postgresOfSuite()

  test('is prepared, imported, backed up and shown; a second import changes nothing, and no secret is in the database', async (t) => {
    const fleet = await openFleet(t, { postgres, accounts: 3, settings: 'calls_per_second = 50' })
    const { database, names, scene } = fleet
    const early = await fleet.run('status')
    assert.equal(early.code, 2)
    assert.match(early.summary.hint ?? '', /fleet init/)
    assert.equal((await fleet.run('init')).code, 0)
    assert.equal((await fleet.run('init')).code, 0)
    const foreseen = await fleet.run('import', fleet.table, '--dry-run')
    assert.match(foreseen.summary.message, /^3 accounts would be added, 0 would be changed, 0 as before/)
    assert.equal(database.sql('select count(*) from smugmug_fleet.account'), '0')
    const both = await Promise.all([fleet.run('import', fleet.table), fleet.run('import', fleet.table)])
    assert.deepEqual(
      both.map(({ code }) => code),
      [0, 0],
    )
    assert.match((await fleet.run('import', fleet.table)).summary.message, /^0 accounts added, 0 changed, 3 as before/)

    const worker = fleet.start('--jobs', '2')
    await fleet.until(WELL, '3')
    const [, address = ''] = await worker.says(/"address":"([^"]+)"/)
    const health = await fetch(new URL('healthz', address))
    assert.equal(health.status, 200)
    const metrics = await (await fetch(new URL('metrics', address))).text()
    assert.match(metrics, /^smugmug_backup_fleet_accounts\{standing="well"\} 3$/m)
    assert.match(metrics, /^smugmug_backup_worker_ended_total\{code="0"\} 3$/m)
    assert.match(metrics, /^smugmug_backup_worker_calls_allowed_total [1-9]/m)
    for (const name of names) assert.ok(!metrics.includes(name))
    const status = await fleet.run('status')
    assert.equal(status.code, 0, status.summary.message)
    assert.equal(status.summary.message, '3 accounts: 3 well.')
    assert.deepEqual(
      accountsOf(status.lines).map(({ name, standing }) => [name, standing]),
      names.map((name) => [name, 'well']),
    )
    worker.kill('SIGTERM')
    assert.equal((await worker.ended).code, 0)
    for (const name of names) await assertHolds(fleet.vault(name), scene.simulator.world)
    // Each is due again within a day, at another moment.
    assert.equal(
      database.sql("select count(distinct next_at) from smugmug_fleet.account where next_at between now() and now() + interval '1 day'"),
      '3',
    )
    assert.equal(database.sql('select count(*) from smugmug_fleet.worker'), '0', 'the worker has said goodbye')
    const dump = database.dump()
    for (const secret of [...Object.values(scene.simulator.world.keys), database.password]) assert.ok(!dump.includes(secret))
  })

  test('waits for a person where one is needed, goes on when told to, and leaves a paused account alone', async (t) => {
    const fleet = await openReadyFleet(t, { postgres, accounts: 3 })
    const { database } = fleet
    writeFileSync(
      fleet.table,
      tableOf([
        { name: 'client 1', destination: fleet.vault('client 1'), secret: 'lost' },
        { name: 'client 2', destination: join(fleet.scene.folder, 'away') },
        { name: 'client 3', destination: fleet.vault('client 3'), settings: 'write_csv = true; exclude = Home/**' },
      ]),
    )
    const imported = await fleet.run('import', fleet.table)
    assert.match(imported.summary.message, /^0 accounts added, 3 changed/)
    assert.equal(
      imported.lines.some(({ event, message }) => event === 'warning' && /"lost"/.test(message)),
      true,
    )
    assert.equal((await fleet.run('pause', 'client 3')).code, 0)
    const worker = fleet.start()
    await fleet.until('select count(*) from smugmug_fleet.account where ended_at is not null', '2')
    const status = await fleet.run('status')
    assert.equal(status.code, 3)
    const [lost, away, paused] = accountsOf(status.lines)
    assert.deepEqual([lost?.standing, lost?.exitCode], ['waiting', 2])
    assert.match(lost?.message, /no secret "lost"/)
    assert.deepEqual([away?.standing, away?.exitCode, away?.tries], ['failing', 5, 1])
    assert.ok(Math.abs(Date.parse(away?.nextAt) - Date.parse(away?.endedAt) - 3_600_000) < 60_000, 'in an hour')
    assert.equal(paused?.standing, 'paused')
    assert.equal((await fleet.run('run', 'client 3')).code, 2)
    assert.equal((await fleet.run('resume', 'client 3')).code, 0)
    await fleet.until("select exit_code from smugmug_fleet.account where name = 'client 3'", '0')
    assert.ok(readFileSync(join(fleet.vault('client 3'), 'metadata.csv'), 'utf8').includes('Travel'))
    assert.ok(!readFileSync(join(fleet.vault('client 3'), 'metadata.csv'), 'utf8').includes('/Home/'))
    writeFileSync(fleet.table, tableOf([{ name: 'client 1', destination: fleet.vault('client 1') }]))
    assert.equal((await fleet.run('import', fleet.table)).code, 0)
    await fleet.until("select exit_code from smugmug_fleet.account where name = 'client 1'", '0')
    assert.match((await fleet.run('remove', 'client 1')).summary.message, /Its vault stays/)
    const unknown = await fleet.run('run', 'client 1')
    assert.match(unknown.summary.message, /no account "client 1"\. Did you mean client [23]\?/)
    assert.ok(readFileSync(join(fleet.vault('client 1'), 'README.txt')).length > 0)
    worker.kill('SIGTERM')
    await worker.ended
    assert.equal(database.sql('select count(*) from smugmug_fleet.account'), '2')
  })

  test('reports an account that waits for a person, once when it begins and once when it ends, and says the next command', async (t) => {
    // The first message does not go out.
    const receiver = await startHttpReceiver(t, (response) => response.writeHead(receiver.requests.length === 1 ? 500 : 204).end())
    const settings = `[notify]\nurls = [${JSON.stringify(receiver.url)}]`
    const fleet = await openReadyFleet(t, { postgres, accounts: 1, settings })
    const { database, scene } = fleet
    const right = readFileSync(fleet.keys, 'utf8')
    writeFileSync(fleet.keys, right.replace(/user_token = "./, 'user_token = "x'))
    const again = 'update smugmug_fleet.notice set next_at = now();'
    const worker = fleet.start()
    await worker.says(/A message did not go out/)
    await fleet.until(`${again} select reported from smugmug_fleet.account`, '4')
    const status = await fleet.run('status')
    assert.equal(accountsOf(status.lines)[0]?.hint, "Next: smugmug-backup fleet login 'client 1', then smugmug-backup fleet run 'client 1'")
    const shown = await scene.run(['fleet', 'status', '--config', fleet.config])
    assert.match(shown.stdout, /client 1 waits for a person\. Next: smugmug-backup fleet login 'client 1'/)
    // Still refused: another worker must not report it again.
    worker.kill('SIGTERM')
    await worker.ended
    assert.equal((await fleet.run('run', 'client 1')).code, 0)
    const other = fleet.start()
    await fleet.until(`${again} select state, worker is null from smugmug_fleet.account`, 'waiting|t')
    writeFileSync(fleet.keys, right)
    assert.equal((await fleet.run('run', 'client 1')).code, 0)
    await fleet.until(`${again} select reported is null, exit_code from smugmug_fleet.account`, 't|0')
    other.kill('SIGTERM')
    await other.ended
    const messages = receiver.requests.map(({ body }) => JSON.parse(body) as Record<string, string>)
    assert.deepEqual(
      messages.map(({ kind, state, title }) => [kind, state, title]),
      [
        ['fleet', 'began', 'SmugMug fleet: 1 account waits for you'],
        ['fleet', 'began', 'SmugMug fleet: 1 account waits for you'],
        ['fleet', 'ended', 'SmugMug fleet: 1 account goes on'],
      ],
    )
    assert.match(
      messages[1]?.text ?? '',
      /^client 1: SmugMug does not accept the user token [^`]* Next: smugmug-backup fleet login 'client 1', then /,
    )
    const told = JSON.stringify(receiver.requests)
    for (const secret of [...Object.values(scene.simulator.world.keys), database.password]) assert.ok(!told.includes(secret))
  })

  test('stops for the safety brake of an account, and goes on when a person accepts the changes', async (t) => {
    const many = albumNode(
      'Many',
      Array.from({ length: 40 }, (_, at) => photo(`m${at}`, { bytes: { kind: 'seeded', seed: `m${at}`, size: 300 } })),
    )
    const world = { ...smallWorld(), root: [many] }
    const fleet = await openReadyFleet(t, { postgres, accounts: 1, world })
    const worker = fleet.start()
    await fleet.until(WELL, '1')
    fleet.scene.simulator.setWorld(smallWorld())
    assert.equal((await fleet.run('run', 'client 1')).code, 0)
    await fleet.until('select exit_code, state from smugmug_fleet.account', '7|waiting')
    const [account] = accountsOf((await fleet.run('status')).lines)
    assert.equal(account?.hint, "If these changes are meant: smugmug-backup fleet run 'client 1' --accept-changes")
    assert.equal((await fleet.run('run', 'client 1', '--accept-changes')).code, 0)
    await fleet.until('select exit_code, accepts from smugmug_fleet.account', '0|f')
    worker.kill('SIGTERM')
    await worker.ended
  })

  test('a worker that is stopped lets its backups finish what is in flight, and they are due again at once', async (t) => {
    // They take far longer than the worker is left to work.
    const photos = Array.from({ length: 300 }, (_, at) => photo(`m${at}`, { bytes: { kind: 'seeded', seed: `m${at}`, size: 300 } }))
    const fleet = await openReadyFleet(t, {
      postgres,
      accounts: 1,
      world: { ...smallWorld(), root: [albumNode('Many', photos)] },
      behaviour: { latency: { fileMs: 700 } },
      settings: 'calls_per_second = 20',
    })
    const worker = fleet.start()
    await worker.says(/"state":"began"/)
    await fleet.until('select count(*) from smugmug_fleet.account where worker is not null', '1')
    worker.kill('SIGTERM')
    assert.equal((await worker.ended).code, 0)
    assert.equal(fleet.database.sql('select exit_code, next_at <= now(), worker is null from smugmug_fleet.account'), '130|t|t')
  })

  test('a client signs in by a link, and the keys go where the secret says', async (t) => {
    const fleet = await openReadyFleet(t, { postgres, accounts: 1 })
    const { apiKey, apiSecret } = fleet.scene.simulator.world.keys
    writeFileSync(fleet.keys, `# Of the studio\napi_key = "${apiKey}"\napi_secret = "${apiSecret}"\n`)
    const { scene, config } = fleet
    const login = scene.start(['fleet', 'login', 'client 1', '--config', config], {
      stdin: null,
      env: { SMGMG_BK_USER_TOKEN: undefined, SMGMG_BK_USER_SECRET: undefined },
    })
    const [link] = await login.says(/http\S+authorize\S+/)
    login.stdin.write(`${await codeIn(await allow(link))}\n`)
    const ended = await login.ended
    assert.equal(ended.code, 0, ended.stderr)
    const text = readFileSync(fleet.keys, 'utf8')
    assert.match(text, /^# Of the studio\n/)
    assert.match(text, /^user_token = "\S+"$/m)
    rmSync(fleet.keys)
    assert.match((await fleet.run('import', fleet.table)).summary.message, /1 as before/)
  })
})
