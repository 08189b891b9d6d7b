/** The list of a fleet: accounts in folders and buckets, each in places of its own, taken whole or not at all. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { makeKey } from '../../src/app/app.ts'
import { assertHolds, md5s, promisedBy } from '../scenarios/harness.ts'
import { noPostgres, postgresOfSuite } from '../servers/postgres.ts'
import { openFleet, openReadyFleet, tableOf, WELL } from '../support/fleet.ts'
import { startS3Double } from '../support/s3-double.ts'

describe('the list of a fleet', { skip: noPostgres }, () => {
  const postgres = postgresOfSuite()

  test('keeps vaults in a bucket, plain and sealed, each with a copy of its own, and refuses places that all accounts would share', async (t) => {
    const double = await startS3Double()
    t.after(() => double.stop())
    const server = `[s3]\nendpoint = "${double.endpoint}"\naccess_key_id = "DOUBLE"\nsecret_access_key = "a secret"`
    const fleet = await openFleet(t, { postgres, accounts: 0, settings: `jobs = 2\n${server}` })
    const { scene, table, config } = fleet
    const [key, paper] = [await makeKey(), await makeKey()]
    const copy = join(scene.folder, 'copy')
    mkdirSync(copy)
    const sealed = `encryption.recipients = ${key.recipient}, ${paper.recipient}; s3.region = us-east-1`
    const accounts = [
      { name: 'plain', destination: 's3://photos/plain/' },
      { name: 'copied', destination: 's3://photos/copied', settings: `copy.usb.destination = ${copy}` },
      { name: 'sealed', destination: 's3://photos/sealed', settings: sealed },
    ]
    writeFileSync(table, tableOf(accounts))
    for (const words of [['init'], ['import', table]]) assert.equal((await fleet.run(...words)).code, 0)
    const worker = fleet.start()
    await fleet.until(WELL, '3')
    worker.kill('SIGTERM')
    await worker.ended
    const expected = md5s(promisedBy(scene.simulator.world))
    for (const name of ['plain', 'copied']) {
      const held = [...double.objects].filter(([path]) => path.startsWith(`${name}/`) && !/\.smugmug-backup\/|\.(?:json|txt)$/.test(path))
      assert.deepEqual(held.map(([, { bytes }]) => createHash('md5').update(bytes).digest('hex')).toSorted(), expected)
    }
    await assertHolds(copy, scene.simulator.world)
    const open = [...double.objects.keys()].filter(
      (path) => path.startsWith('sealed/') && !/\.age$|\/README\.txt$|sealed\.json$/.test(path),
    )
    assert.deepEqual(open, [])
    assert.ok(!fleet.database.dump().includes('a secret'))

    const shared = [...accounts, { name: 'late', destination: 's3://photos/late', settings: `copy.disk.destination = ${copy}/late` }]
    writeFileSync(table, tableOf(shared.slice(3)))
    const refused = await fleet.run('import', table, '--dry-run')
    assert.equal(refused.code, 2)
    assert.match(refused.summary.message, /line 2: the copy disk of late lies inside of the copy usb of copied/)
    assert.equal(fleet.database.sql('select count(*) from smugmug_fleet.account'), '3')
    for (const [section, says] of [
      [`[copy.usb]\ndestination = "${copy}"`, /^\[copy\.usb\] in the configuration of a worker would be one place for all accounts/],
      [`[store]\npublic_twin = "${copy}"`, /^public_twin in the configuration of a worker would be one place for all accounts/],
    ] as const) {
      const own = join(scene.folder, 'own.toml')
      writeFileSync(own, `${readFileSync(config, 'utf8')}\n${section}\n`, { mode: 0o600 })
      const { code, summary } = await scene.json(['fleet', 'worker', '--config', own])
      assert.equal(code, 2)
      assert.match(summary.message, says)
    }
  })

  test('takes a table whole or not at all, and guesses the names that were meant', async (t) => {
    const fleet = await openReadyFleet(t, { postgres, accounts: 2 })
    const { database, table } = fleet
    const count = (): string => database.sql('select count(*), max(next_at) from smugmug_fleet.account')
    const before = count()
    const refusals = [
      [
        [
          { name: 'new', destination: '/mnt/new' },
          { name: 'bad', destination: 'here' },
        ],
        /line 3: destination takes/,
      ],
      [[{ name: 'CLIENT 1', destination: '/mnt/new' }], /line 2: name is that of the account client 1 in other capitals/],
      [[{ name: 'new', destination: `${fleet.vault('client 1')}/` }], /line 2: the destination of new is also the destination of client 1/],
      [
        [{ name: 'new', destination: join(fleet.vault('client 2'), 'x') }],
        /line 2: the destination of new lies inside of the destination of client 2/,
      ],
      [
        [{ name: 'new', destination: join(fleet.vault('client 2'), '..') }],
        /line 2: the destination of client 1 lies inside of the destination of new/,
      ],
    ] as const
    for (const [rows, says] of refusals) {
      writeFileSync(table, tableOf(rows))
      for (const options of [['--dry-run'], []]) {
        const { code, summary } = await fleet.run('import', table, ...options)
        assert.equal(code, 2)
        assert.match(summary.message, says)
      }
      assert.equal(count(), before)
    }
    writeFileSync(table, tableOf([{ name: 'a/b', destination: '/mnt/new', secret: 'sudio' }]))
    const { lines } = await fleet.run('import', table)
    const warning = lines.find(({ event }) => event === 'warning')
    assert.match(warning?.message, /such as "sudio" of line 2\. .*Did you mean studio\?/)
    for (const action of ['run', 'pause', 'resume', 'remove', 'login']) {
      const { code, summary } = await fleet.run(action, 'clien 1')
      assert.equal(code, 2)
      assert.match(summary.message, /^The fleet has no account "clien 1"\. Did you mean client 1\?/)
    }
    assert.equal((await fleet.run('remove', 'a/b')).code, 0)
    assert.match((await fleet.run('pause', 'client 1', '--accept-changes')).summary.message, /belongs to fleet run/)
  })
})
