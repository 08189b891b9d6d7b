/** The library as a program uses it: in this process, against a simulated account and real files. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { mediaOf, readBytes } from '../simulator/bytes.ts'
import { removeImage } from '../simulator/edit.ts'
import { albumNode, KEYS, photo } from '../simulator/worlds/make.ts'
import * as library from '../src/index.ts'
import { albumKey, type Lab, openLab } from './support/lab.ts'

const {
  adopt,
  backup,
  checkout,
  copy,
  diff,
  exportMetadata,
  exportText,
  history,
  leave,
  list,
  openAccount,
  openVault,
  proof,
  prune,
  rebuild,
  restore,
  status,
  twin,
  verify,
} = library

const PHOTOS = ['a', 'b', 'c'].map((id) => photo(id))
const WORLD = {
  nickName: 'ann',
  name: 'Ann',
  keys: KEYS,
  root: [
    albumNode('Home', PHOTOS),
    albumNode(
      'Travel',
      ['d', 'e'].map((id) => photo(id)),
    ),
  ],
}

/** Opens a lab, and returns the settings of a program for it. */
async function open(t: TestContext) {
  const lab = await openLab(t, WORLD)
  return { lab, settings: settingsOf(lab) }
}

const settingsOf = (lab: Lab) => ({ ...KEYS, baseUrl: lab.sim.apiUrl, destination: lab.root, maxRetries: 0 })

const stopped = () => {
  const stop = new AbortController()
  stop.abort()
  return stop.signal
}

// biome-ignore lint/suspicious/noExplicitAny: a program in plain JavaScript may pass anything
type Anything = any

/** Returns the error of a call that a compiler would not allow. */
const refused = async (call: () => unknown): Promise<library.ConfigurationError> => {
  const error: unknown = await (async () => call())().then(
    (value: unknown) => assert.fail(`it was taken: ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof library.ConfigurationError, `${error}`)
  return error
}

test('every operation, one after the other, ends as the command would', async (t) => {
  const { lab, settings } = await open(t)
  const folder = lab.at('../elsewhere')
  mkdirSync(folder)
  for (const image of PHOTOS) writeFileSync(join(folder, image.fileName ?? image.key), readBytes(mediaOf(image)))

  const before = await list({ settings })
  assert.deepEqual(
    [before.exitCode, before.albums.map(({ path, missing }) => [path, missing])],
    [
      0,
      [
        ['/Home', 3],
        ['/Travel', 2],
      ],
    ],
  )
  const dry = await backup({ settings, dryRun: true })
  assert.deepEqual([dry.exitCode, dry.totals.stored, dry.dryRun, readdirSync(lab.root)], [0, 5, true, []])
  assert.equal((await adopt({ settings, folder })).totals.adopted + 0, 3)
  const events: library.Event[] = []
  const done = await backup({ settings, emit: (event) => events.push(event) })
  assert.deepEqual([done.exitCode, done.totals.stored, done.albums.length], [0, 2, 2])
  assert.ok(events.some(({ event }) => event === 'item') && existsSync(lab.at(done.path ?? 'no report')))
  assert.equal((await status({ settings: { destination: lab.root } })).held.items, 5)
  const past = await history({ settings: { destination: lab.root }, limit: 1 })
  assert.deepEqual([past.runs.length, past.runsInAll >= 1], [1, true])
  const first = await history({ settings: { destination: lab.root }, run: 1 })
  assert.deepEqual([first.full?.run.run, first.full?.run.operation, first.full?.reportState], [1, 'adopt', 'read'])
  await assert.rejects(history({ settings: { destination: lab.root }, limit: 0 }), /limit is 0, but it takes a whole number/)
  const verified = await verify({ settings, remote: true })
  assert.deepEqual([verified.exitCode, verified.totals.items, typeof verified.lastFullyProven], [0, 5, 'number'])
  assert.equal((await verify({ settings, sample: '50%', maxDuration: '1h' })).exitCode, 0)
  assert.equal((await proof({ settings, folder })).exitCode, 0)
  writeFileSync(join(folder, 'other.jpg'), 'not held')
  assert.equal((await proof({ settings, folder })).exitCode, 3)
  rmSync(lab.at('.smugmug-backup/catalogue.sqlite'))
  assert.match((await rebuild({ settings })).message, /5 items in 2 albums/)
  const back = await restore({ settings, dryRun: true, into: '/' })
  assert.match(back.message, /Nothing new would be made in the account of \w+, no file uploaded, 0 collected; 5 are there already/)
  assert.match((await twin({ settings })).message, /5 items\. Open /)
  assert.match((await twin({ settings, remove: true })).message, /is removed/)
  const left = await leave({ settings })
  assert.deepEqual([left.exitCode, left.open, existsSync(lab.at(left.certificate ?? 'none'))], [0, [], true])
  await assert.rejects(leave({ settings: { ...settings, album: 'A' } }), library.ConfigurationError)
})

test('the past is compared and written out', async (t) => {
  const { lab, settings } = await open(t)
  await backup({ settings })
  lab.change((world) => removeImage(world, albumKey(world, 'Home'), PHOTOS[0]?.key ?? ''))
  await backup({ settings, full: true })
  const { exitCode, differences } = await diff({ settings, since: '1' })
  assert.deepEqual([exitCode, differences.map(({ what, album }) => [what, album])], [0, [['went', '/Home']]])
  const output = lab.at('../then')
  assert.equal((await checkout({ settings, when: '1', output, link: true })).exitCode, 0)
  assert.deepEqual(readdirSync(join(output, 'Home')).filter((name) => name.endsWith('.jpg')).length, 3)
  assert.equal((await restore({ settings, at: '1', dryRun: true })).exitCode, 0)
  const keepVersions = '1d'
  await backup({ settings, full: true })
  const judged = await prune({ settings: { ...settings, keepVersions }, dryRun: true })
  assert.deepEqual(
    judged.versions.map(({ run, reasons }) => [run, reasons.join(', ')]),
    [
      [2, 'the present, daily snapshot'],
      [1, 'the first'],
    ],
  )
  assert.deepEqual([judged.dryRun, judged.refusal, judged.forgotten], [true, undefined, []])
  assert.deepEqual((await prune({ settings: { ...settings, keepVersions } })).exitCode, 0)
  assert.equal((await prune({ settings, signal: stopped() })).exitCode, 130)
  await refused(() => prune({ settings, dryRun: 'perhaps' } as Anything))
  await refused(() => prune({ settings, days: 3 } as Anything))
  await refused(() => diff({ settings } as Anything))
  await refused(() => checkout({ settings, when: '1' } as Anything))
  await refused(() => checkout({ settings, when: 'yesterday', output: lab.at('../other') }))
})

test('further copies are kept, as the settings of a program name them', async (t) => {
  const { lab, settings } = await open(t)
  const [usb, office] = [lab.at('../usb'), lab.at('../office')]
  for (const folder of [usb, office]) mkdirSync(folder)
  const copies = { usb: { destination: usb, maxLagDays: '14', maxVanished: 0.2 }, office: { destination: office } }
  await refused(() => copy({ settings }))
  assert.equal((await backup({ settings: { ...settings, copies: { usb: copies.usb } } })).exitCode, 0)
  assert.equal(readdirSync(join(usb, 'Home')).filter((name) => name.endsWith('.jpg')).length, 3)
  const all = await copy({ settings: { ...settings, copies } })
  assert.deepEqual(
    [all.exitCode, all.totals.stored, all.copies.map(({ name, totals }) => [name, totals.stored, totals.kept])],
    [
      0,
      5,
      [
        ['usb', 0, 5],
        ['office', 5, 0],
      ],
    ],
  )
  const one = await copy({ settings: { ...settings, copies }, name: 'office' })
  assert.deepEqual([one.copies.length, one.copies[0]?.copy.files, one.copies[0]?.copy.isLate], [1, 5, false])
  const { copies: known } = await status({ settings: { destination: lab.root, copies } })
  assert.deepEqual(
    known?.map(({ name, lagDays }) => [name, lagDays]),
    [
      ['usb', 0],
      ['office', 0],
    ],
  )
  assert.equal((await copy({ settings: { ...settings, copies }, signal: stopped() })).exitCode, 130)
  assert.match((await refused(() => copy({ settings: { ...settings, copies }, name: 'offise' }))).message, /office/)
  const wrong: readonly Anything[] = [
    { usb },
    [usb],
    { usb: {} },
    { 'a b': copies.usb },
    { usb: { ...copies.usb, maxLag: 3 } },
    { usb: { ...copies.usb, maxVanished: 2 } },
  ]
  for (const each of wrong) await refused(() => copy({ settings: { ...settings, copies: each } }))
  await refused(() => copy({ settings: { ...settings, copies }, acceptChanges: 'perhaps' } as Anything))
})

test('an export goes to a file, to a function and into a loop, always the same', async (t) => {
  const { lab, settings } = await open(t)
  await backup({ settings })
  const path = lab.at('../out.csv')
  const toFile = await exportMetadata({ settings, output: path })
  assert.equal(toFile.totals.items, 5)
  let taken = ''
  await exportMetadata({
    settings,
    output: (text) => {
      taken += text
    },
  })
  let looped = ''
  const loop = exportText({ settings, format: 'csv' })
  let step = await loop.next()
  for (; step.done !== true; step = await loop.next()) looped += step.value
  assert.equal(step.value.totals.items, 5)
  assert.deepEqual([taken, looped], [readFileSync(path, 'utf8'), readFileSync(path, 'utf8')])
  for await (const _ of exportText({ settings, format: 'jsonl' })) break
  await assert.rejects(exportMetadata({ settings, output: () => Promise.reject(new RangeError('mine')) }), { message: 'mine' })
  await assert.rejects(exportText({ settings: {} }).next(), library.ConfigurationError)
  await assert.rejects(exportMetadata({ settings, output: lab.root }), library.ConfigurationError)
})

describe('an open vault', () => {
  test('takes several backups, one at a time, and is held until it is closed', async (t) => {
    const { lab, settings } = await open(t)
    const { destination, ...keys } = settings
    await using account = openAccount(keys)
    {
      await using vault = await openVault(destination)
      assert.deepEqual([vault.root, vault.isNew], [lab.root, true])
      await assert.rejects(openVault(destination), library.VaultBusyError)
      await assert.rejects(backup({ settings }), library.VaultBusyError)
      const first = backup(account, vault, { settings: { album: 'Travel/**' } })
      await assert.rejects(backup(account, vault), library.VaultBusyError)
      assert.equal((await first).totals.stored, 2)
      assert.equal((await backup(account, vault)).totals.stored, 3)
      const closing = backup(account, vault, { full: true })
      await vault.close()
      await vault.close()
      assert.equal((await closing).exitCode, 0)
      await assert.rejects(backup(account, vault), /is closed/)
    }
    assert.equal((await verify({ settings })).exitCode, 0)
    assert.deepEqual([(await account.owner()).nickName, (await account.albums()).length], ['ann', 2])
    await account.close()
    await account.close()
  })

  test('gets its lost catalogue back before a backup', async (t) => {
    const { lab, settings } = await open(t)
    const { destination, ...keys } = settings
    await backup({ settings })
    rmSync(lab.at('.smugmug-backup/catalogue.sqlite'))
    await using vault = await openVault(destination)
    await using account = openAccount(keys)
    const { totals } = await backup(account, vault)
    assert.deepEqual([totals.kept, totals.bytes], [5, 0])
  })

  test('is not mistaken for an empty one when its disk is away', async (t) => {
    const { lab, settings } = await open(t)
    const env = { HOME: lab.at('../home') }
    await backup({ settings, env })
    for (const name of readdirSync(lab.root)) rmSync(lab.at(name), { recursive: true })
    await assert.rejects(openVault(lab.root, { env }), library.DestinationError)
    await assert.rejects(backup({ settings, env }), library.DestinationError)
  })
})

describe('what is wrong', () => {
  const wrong: readonly (readonly [settings: Anything, says: RegExp])[] = [
    [{ since: 'yesterday' }, /settings\.since\) is "yesterday", but it takes a date such as/],
    [{ since: new Date('never') }, /settings\.since\) is no date/],
    [{ since: null }, /settings\.since\) is null/],
    [{ albums: ['Home'] }, /no setting albums\. Did you mean album\?/],
    [{ file_names: 'x' }, /no setting file_names\. Did you mean fileNames\?/],
    [{ limitRate: 'fast' }, /settings\.limitRate\)/],
    [{ limitRate: [{ from: 0, to: 5000, rate: 1 }] }, /settings\.limitRate\)/],
    [{ limitRate: [null] }, /settings\.limitRate\)/],
    [{ maxVanished: 10 }, /settings\.maxVanished\) is 10, but it takes a percentage/],
    [{ comments: 'yes' }, /settings\.comments\)/],
    [{ maxRetries: 1.5 }, /settings\.maxRetries\)/],
    [{ album: new Set(['Home']) }, /settings\.album\)/],
    [{ fileNames: '{{.Nothing}}' }, /Nothing/],
    [{ forceMetadataTimes: true }, /force_metadata_times/],
    [{ since: '2024', until: '2023' }, /lies after until/],
    [{ destination: 'photos' }, /destination/],
    [new Map([['album', 'Home']]), /settings must be an object, but another object/],
    ['album', /settings must be an object, but a string was given/],
    [null, /settings must be an object, but nothing/],
  ]
  for (const [given, says] of wrong) {
    test(`settings: ${String(says)}`, async (t) => {
      const { lab, settings } = await open(t)
      const whole = given !== null && Object.getPrototypeOf(given) === Object.prototype ? { ...settings, ...given } : given
      assert.match((await refused(() => backup({ settings: whole }))).message, says)
      assert.deepEqual([lab.sim.counters.api, readdirSync(lab.root)], [0, []])
    })
  }

  test('an option that there is not, a wrong one, and wrong handles are refused', async (t) => {
    const { settings } = await open(t)
    const calls: readonly (readonly [call: () => unknown, says: RegExp])[] = [
      [() => backup({ settings, dryrun: true } as Anything), /no option dryrun of backup\. Did you mean dryRun\?/],
      [() => backup({ ...settings } as Anything), /no option apiKey of backup/],
      [() => backup(undefined as Anything), /options of backup must be an object, but nothing/],
      [() => backup({ settings, full: 'maybe' } as Anything), /full is "maybe", but it takes true or false/],
      [() => backup({ settings, emit: 'log' } as Anything), /emit is "log", but it takes a function/],
      [() => backup({ settings, signal: new AbortController() } as Anything), /signal is a table, but it takes the signal/],
      [() => backup({ settings } as Anything, {} as Anything), /takes what openAccount returns/],
      [() => verify({ settings, sample: 5 }), /sample is 5/],
      [() => verify({ settings, maxDuration: 'soon' }), /maxDuration is "soon"/],
      [() => exportMetadata({ settings, format: 'xml', output: 'a' } as Anything), /format is "xml"/],
      [() => exportMetadata({ settings } as Anything), /output is null/],
      [() => proof({ settings } as Anything), /folder is null, but it takes the path of a folder/],
      [() => openAccount({ apiKey: 'a' } as Anything), /lacks api_secret/],
      [() => openAccount({ ...KEYS, album: 'Home' } as Anything), /no option album of openAccount/],
      [() => openVault(undefined as Anything), /takes the path of a folder/],
      [() => openVault('photos'), /takes the absolute path/],
      [() => status({}), /lacks destination/],
    ]
    for (const [call, says] of calls) assert.match((await refused(call)).message, says)
  })

  test('a secret in the wrong place is not shown', async () => {
    for (const call of [() => openAccount('secret-1' as Anything), () => backup({ settings: { apiKey: ['secret-1'] as Anything } })])
      assert.doesNotMatch(`${(await refused(call)).message}`, /secret-1/)
  })

  test('an open vault takes neither a dry run nor another destination', async (t) => {
    const { settings } = await open(t)
    const { destination, ...keys } = settings
    await using vault = await openVault(destination)
    await using account = openAccount(keys)
    await refused(() => backup(account, vault, { dryRun: true } as Anything))
    await refused(() => backup(account, vault, { settings: { destination: '/elsewhere' } }))
    await refused(() => backup(account, { ...vault }))
  })
})

test('text forms of settings are taken as the file takes them', async (t) => {
  const { settings } = await open(t)
  const texts = {
    since: '2001-05',
    limitRate: '500M',
    maxVanished: '10%',
    album: 'Travel/**',
    comments: 'true',
    maxRetries: '1',
    keepTrash: '30',
  }
  assert.equal((await backup({ settings: { ...settings, ...texts } })).totals.stored, 2)
  const values = { until: new Date(), limitRate: [{ from: 0, to: 1440, rate: 5e8 }], maxVanished: 0.07, album: ['Home'], keyword: [] }
  assert.equal((await backup({ settings: { ...settings, ...values } })).totals.stored, 3)
})

describe('a signal', () => {
  test('that was aborted before ends every operation with 130', async (t) => {
    const { settings } = await open(t)
    const signal = stopped()
    const folder = settings.destination
    await backup({ settings })
    const ends = [
      () => backup({ settings, signal }),
      () => verify({ settings, signal }),
      () => adopt({ settings, folder, signal }),
      () => proof({ settings, folder, signal }),
      () => rebuild({ settings, signal }),
      () => exportMetadata({ settings, output: () => undefined, signal }),
    ]
    for (const end of ends) assert.equal((await end()).exitCode, 130)
    await assert.rejects(list({ settings, signal }), library.InterruptedError)
    await assert.rejects(status({ settings, signal }), { exitCode: 130 })
    await assert.rejects(openVault(settings.destination, { signal }), library.InterruptedError)
  })

  test('that is aborted on the way ends every operation, and leaves no listener behind', async (t) => {
    const { lab, settings } = await open(t)
    const [folder, usb] = [lab.at('../elsewhere'), lab.at('../usb')]
    for (const each of [folder, usb]) mkdirSync(each)
    for (const image of PHOTOS) writeFileSync(join(folder, image.key), readBytes(mediaOf(image)))
    const ends: readonly ((options: library.OperationOptions) => Promise<library.Outcome>)[] = [
      backup,
      verify,
      (options) => adopt({ ...options, folder }),
      (options) => proof({ ...options, folder }),
      rebuild,
      twin,
      leave,
      list,
      (options) => restore({ ...options, dryRun: true }),
      (options) => copy({ ...options, settings: { ...settings, copies: { usb: { destination: usb } } } }),
    ]
    for (const end of ends) {
      const stop = new AbortController()
      let listeners = 0
      const signal: library.StopSignal = {
        get aborted() {
          return stop.signal.aborted
        },
        addEventListener: (type, listener) => {
          listeners += 1
          stop.signal.addEventListener(type, listener)
        },
        removeEventListener: (type, listener) => {
          listeners -= 1
          stop.signal.removeEventListener(type, listener)
        },
      }
      const { exitCode } = await end({ settings, signal, emit: () => stop.abort() }).catch(
        (error: unknown) => error as library.InterruptedError,
      )
      assert.deepEqual([exitCode, listeners], [130, 0], end.toString())
      assert.equal((await backup({ settings })).exitCode, 0)
    }
  })

  test('ends an export while its function takes a piece, and the file is left alone', async (t) => {
    const { settings } = await open(t)
    await backup({ settings })
    const stop = new AbortController()
    const never = () => {
      stop.abort()
      return new Promise<void>(() => undefined)
    }
    assert.equal((await exportMetadata({ settings, output: never, signal: stop.signal })).exitCode, 130)
  })
})

test('an emit that throws, or rejects, stops the operation and is thrown at its end', async (t) => {
  const { lab, settings } = await open(t)
  const mine = new Error('mine')
  const throws = (): void => {
    throw mine
  }
  for (const emit of [throws, (async () => Promise.reject(mine)) as library.Emit]) {
    await assert.rejects(backup({ settings, emit }), mine)
    await assert.rejects(list({ settings, emit }), mine)
    await backup({ settings })
    await assert.rejects(verify({ settings, emit }), mine)
    await assert.rejects(
      proof({ settings, folder: lab.at('../home'), emit: throws }).then(() => Promise.reject(mine)),
      mine,
    )
  }
  assert.equal((await backup({ settings })).exitCode, 0)
})

test('trouble ends with the class of its exit code', async (t) => {
  const { lab, settings } = await open(t)
  const elsewhere = { ...settings, destination: '/no such folder' }
  for (const operation of [backup, verify, status, rebuild])
    await assert.rejects(operation({ settings: elsewhere }), library.DestinationError)
  await assert.rejects(openVault('/no such folder'), library.DestinationError)
  await assert.rejects(verify({ settings }), library.DestinationError)
  const unreachable = { ...settings, baseUrl: 'http://127.0.0.1:9' }
  await assert.rejects(list({ settings: unreachable }), library.ServiceError)
  assert.equal((await backup({ settings: unreachable })).exitCode, 3)
  const unknown = { ...settings, userToken: 'another' }
  await assert.rejects(list({ settings: unknown }), library.SignInError)
  assert.deepEqual([(await backup({ settings: unknown })).exitCode, lab.media().size], [4, 0])
  await assert.rejects(adopt({ settings, folder: '/no such folder' }), library.ConfigurationError)
})
