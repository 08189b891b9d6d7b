import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { defaultSettings } from '../config/settings.ts'
import { ConfigurationError, DestinationError } from '../errors.ts'
import { openLooking, stateOf } from './looking.ts'
import { type Around, checkPlace, overlap, placeOf, usedBy } from './place.ts'

test('a destination of a kind that is not known is refused', async () => {
  for (const destination of ['photos', '']) await assert.rejects(checkPlace(placeOf(destination)), ConfigurationError, destination)
  for (const destination of ['s3:photos', 's3://Photos', 's3://bucket//x'])
    assert.throws(() => placeOf(destination), ConfigurationError, destination)
})

test('a vault in a bucket has its state in the state folder: of the settings, else of the user; without any it is refused', () => {
  const homeOf = (around: Around): string => placeOf('s3://bucket/photos', around).home
  assert.match(homeOf({ settings: { ...defaultSettings, stateFolder: '/state' } }), /^\/state\/elsewhere\/s3-bucket-photos-[0-9a-f]{12}$/)
  assert.match(homeOf({ env: { HOME: '/home/ann' } }), /^\/home\/ann\/.local\/state\/smugmug-backup\/elsewhere\//)
  assert.throws(() => homeOf({}), ConfigurationError)
  const other = placeOf('s3://bucket/photos2', { env: { HOME: '/home/ann' } }).home
  assert.notEqual(other, homeOf({ env: { HOME: '/home/ann' } }))
})

test('a disk that refuses a look is trouble of the destination: to know its state, its holder, and to show it', async (t) => {
  const destination = mkdtempSync(join(tmpdir(), 'place-'))
  t.after(() => rmSync(destination, { recursive: true, force: true }))
  // A link to itself is refused (ELOOP), also to a user who may read everything.
  symlinkSync('.smugmug-backup', join(destination, '.smugmug-backup'))
  const isRefused = (error: unknown): boolean =>
    error instanceof DestinationError && error.message === `The destination ${destination} cannot be reached (ELOOP).`
  assert.throws(() => stateOf(destination, {}), isRefused)
  assert.throws(() => usedBy(destination, {}), isRefused)
  const settings = { ...defaultSettings, destination }
  const looking = await openLooking(destination, { settings, emit: () => undefined, signal: new AbortController().signal, env: {} })
  t.after(() => looking.close())
  assert.equal(typeof (await looking.title()), 'string')
  await assert.rejects(looking.page('index.html'), isRefused)
})

test('a folder beside another one, named through it, is no part of it', () => {
  const [vault, beside, part] = ['/mnt/photos', '/mnt/photos/../other', '/mnt/other/../photos/sub'].map((path) => placeOf(path))
  assert.ok(vault && beside && part)
  assert.deepEqual([overlap(vault, beside, false), overlap(vault, part, false)], [false, true])
})
