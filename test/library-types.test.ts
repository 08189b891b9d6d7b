/**
 * Type-checks programs of strangers against the declarations of the built package, library checks included. Such a program has no `@types/node`, and
 * may know neither Node nor a browser; the examples of the manual and of examples/ must be right, too.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { libraryExamples, read, root } from './manual.ts'

const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
let folder = ''

const tsc = (cwd: string, ...parameters: readonly string[]): string => {
  const { status, stdout } = spawnSync(process.execPath, [compiler, ...parameters], { cwd, encoding: 'utf8' })
  return status === 0 ? '' : stdout
}

/** Returns the complaints about programs, each in a file of its own: `program-0.ts` and so on. One compiler looks at all: its start takes longest. */
function check(sources: string | readonly string[], options: Readonly<Record<string, unknown>> = {}): string {
  const project = mkdtempSync(join(folder, 'project-'))
  const programs = [sources].flat().map((source, n) => ({ name: `program-${n}.ts`, source }))
  for (const { name, source } of programs) writeFileSync(join(project, name), source)
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    noEmit: true,
    target: 'es2024',
    lib: ['es2024'],
    types: [],
    module: 'nodenext',
    ...options,
  }
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: programs.map(({ name }) => name) }))
  writeFileSync(join(project, 'package.json'), JSON.stringify({ type: 'module' }))
  return tsc(project, '-p', '.')
}

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'smugmug-backup-types-'))
  const installed = join(folder, 'node_modules', 'smugmug-backup')
  mkdirSync(installed, { recursive: true })
  copyFileSync(join(root, 'package.json'), join(installed, 'package.json'))
  const made = tsc(root, '-p', 'tsconfig.build.json', '--emitDeclarationOnly', '--outDir', join(installed, 'dist'))
  assert.equal(made, '')
  symlinkSync(join(root, 'node_modules', '@types'), join(folder, 'node_modules', '@types'))
})

after(() => rmSync(folder, { recursive: true, force: true }))

const PROGRAM = `
import {
  adopt, type AccountList, type Event, backup, checkout, copy, diff, exportMetadata, exportText, handover, history, leave, list, openAccount, openVault, proof, prune,
  rebuild, restore, status, type StopSignal, twin,
  ConfigurationError, verify,
} from 'smugmug-backup'

declare const signal: StopSignal
const settings = {
  apiKey: 'a', apiSecret: 'b', userToken: 'c', userSecret: 'd', destination: '/photos', since: '2024-05', until: new Date(), limitRate: '500k',
  maxVanished: '10%', album: 'Travel/**', exclude: ['Travel/Old'], comments: 'true', maxRetries: '3', fullListingDays: 7, type: 'photo',
  keepTrash: 'forever', sidecars: ['xmp'],
} as const
const emit = (event: Event): void => { if (event.event === 'item') event.outcome satisfies string }
{
  await using account = openAccount({ apiKey: 'a', apiSecret: 'b', userToken: 'c', userSecret: 'd', limitRate: [{ from: 0, to: 60, rate: 5000 }] })
  await using vault = await openVault('/photos')
  const { exitCode, albums } = await backup(account, vault, { settings: { maxVanished: 0.1 }, signal, emit })
  exitCode satisfies 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 130
  for (const album of await account.albums()) (await account.items(album, signal)).items.length satisfies number
  albums.length + vault.root.length
}
const report = await backup({ settings, emit, signal, dryRun: true, full: false, env: {} })
report.byGrade.original?.files satisfies number | undefined
const answer: AccountList = await list({ settings })
answer.albums.map(({ path, held }) => path.length + held)
;(await status({ settings })).held.items satisfies number
;(await verify({ settings, sample: '5%', maxDuration: 1000, remote: true })).lastFullyProven satisfies number | undefined
;(await adopt({ settings, folder: '/old' })).totals.adopted satisfies number
;(await proof({ settings, folder: '/old' })).problems[0]?.reason satisfies string | undefined
;(await copy({ settings: { ...settings, copies: { usb: { destination: '/usb', maxLagDays: 14, keepReplaced: 'forever' } } }, name: 'usb' })).copies[0]?.copy.lagDays satisfies number | undefined
;(await rebuild({ settings })).message satisfies string
;(await leave({ settings })).open[0]?.reason satisfies string | undefined
;(await restore({ settings, dryRun: true, into: '/Old', keepPrivate: true })).albums[0]?.held satisfies number | undefined
;(await history({ settings, item: 'Travel/a.jpg' })).items?.[0]?.facts[0]?.text satisfies string | undefined
;(await diff({ settings, since: '1', until: '2026-11-26' })).differences[0]?.fields?.caption?.before satisfies unknown
;(await checkout({ settings, when: '1', output: '/then', item: 'Travel/a.jpg', link: true })).totals.stored satisfies number
const pruned = await prune({ settings, dryRun: true })
pruned.versions[0]?.reasons.join() satisfies string | undefined
pruned.places[0]?.due[0]?.size satisfies number | undefined
pruned.refusal satisfies string | undefined
;(await handover({ settings, target: 'redirects', output: '/maps' })).message satisfies string
;(await twin({ settings, remove: true })).message satisfies string
await exportMetadata({ settings, output: 'a.csv' })
await exportMetadata({ settings, format: 'xmp', output: (text) => { text.length } })
for await (const text of exportText({ settings, format: 'jsonl' })) text satisfies string
try { await rebuild({}) } catch (error) { if (error instanceof ConfigurationError) error.hint satisfies string | undefined }
`

describe('the declarations of the package', () => {
  test('are whole without Node and without a browser', () => assert.equal(check(PROGRAM), ''))
  test('are whole for a bundler and for a browser', () =>
    assert.equal(check(PROGRAM, { module: 'esnext', moduleResolution: 'bundler', lib: ['es2024', 'dom'] }), ''))
  test('take the signals of Node and of a browser', () => {
    const program = `import { backup, openAccount, status } from 'smugmug-backup'\nconst { signal } = new AbortController()\nawait status({ signal })\nawait backup({ signal: AbortSignal.any([signal]) })\n`
    assert.equal(check(program, { types: ['node'] }), '')
    assert.equal(check(program, { lib: ['es2024', 'dom'] }), '')
  })
  test('refuse what is wrong', () => {
    const wrong = [
      'await backup({ settings: { albums: [] } })',
      'await backup({ setings: {} })',
      "await backup({ settings: { type: 'film' } })",
      'await backup({ settings: { since: 5 } })',
      'await backup({}, {})',
      "await exportMetadata({ format: 'csv' })",
      'await adopt({})',
      "openAccount({ apiKey: 'a' })",
      "await checkout({ when: '1' })",
      'await diff({ since: 1 })',
      "await prune({ dryRun: 'yes' })",
      "(await openVault('/a')).catalogue",
      "await copy({ settings: { copies: ['/usb'] } })",
      'await copy({ settings: { copies: { usb: {} } } })',
    ]
    const imports = "import { adopt, backup, checkout, copy, diff, exportMetadata, openAccount, openVault, prune } from 'smugmug-backup'"
    const complaints = check(wrong.map((line) => `${imports}\n${line}\n`))
    for (const [n, line] of wrong.entries()) assert.match(complaints, new RegExp(`program-${n}\\.ts\\(2,\\d+\\): error TS`), line)
  })

  test('reach nothing that only the inside knows', () => {
    const places = [join(folder, 'node_modules', 'smugmug-backup', 'dist', 'src', 'index.d.ts')]
    for (const place of places) {
      for (const [, target = ''] of readFileSync(place, 'utf8').matchAll(/(?:from|import\()\s*['"]([^'"]+)['"]/g)) {
        assert.match(target, /^\.{1,2}\//, `${place} imports ${target}`)
        const next = join(place, '..', target.replace(/\.(?:js|ts)$/, '.d.ts'))
        if (!places.includes(next)) places.push(next)
      }
    }
    const inside = places
      .map((place) => place.slice(place.indexOf('/dist/') + 6))
      .filter((place) => /\/(?:vault\/|smugmug|app)/.test(place.replace('library/vault', '')))
    assert.deepEqual(inside, [])
    assert.ok(places.length > 8, 'hardly any file was looked at: the search is broken')
  })
})

describe('the examples', () => {
  test('of docs/library.md are right', () => assert.equal(check(libraryExamples(), { types: ['node'] }), ''))

  test('of examples/ are right', () => {
    const programs = readdirSync(join(root, 'examples')).map((name) => read(`examples/${name}`))
    assert.equal(check(programs, { types: ['node'] }), '')
  })
})
