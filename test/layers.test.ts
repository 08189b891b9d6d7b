/**
 * Checks which folder imports which (CONTRIBUTING.md, "The layers"), by reading every import of every source file.
 * The rules are the tables below; to change one is a design decision and wants a record in docs/decisions.
 */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, posix, resolve, sep } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { blank, importsOf } from './source-text.ts'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')

interface Layer {
  readonly name: string
  /** A file, or a folder with its `/`. */
  readonly holds: string
  readonly mayImport: readonly string[]
  /** The core knows no terminal, no environment and no clock but the one it is given. */
  readonly core?: true
}

const layers: readonly Layer[] = [
  { name: 'model', holds: 'src/model.ts', mayImport: [], core: true },
  { name: 'errors', holds: 'src/errors.ts', mayImport: ['model'], core: true },
  { name: 'events', holds: 'src/events.ts', mayImport: ['model', 'errors'], core: true },
  { name: 'flow', holds: 'src/flow/', mayImport: ['model', 'errors', 'events'], core: true },
  { name: 'smugmug', holds: 'src/smugmug/', mayImport: ['model', 'errors', 'events', 'flow'], core: true },
  { name: 'vault', holds: 'src/vault/', mayImport: ['model', 'errors', 'events', 'flow'], core: true },
  // For browsers only: it stands before the rest of the twin, whose pure files it may use.
  { name: 'client', holds: 'src/twin/client/', mayImport: ['twin'] },
  { name: 'twin', holds: 'src/twin/', mayImport: ['model', 'errors', 'flow'], core: true },
  {
    name: 'operations',
    holds: 'src/operations/',
    mayImport: ['model', 'errors', 'events', 'flow', 'smugmug', 'vault', 'twin'],
    core: true,
  },
  { name: 'config', holds: 'src/config/', mayImport: ['model', 'errors', 'flow'] },
  { name: 'app', holds: 'src/app/', mayImport: ['model', 'errors', 'events', 'flow', 'smugmug', 'vault', 'twin', 'operations', 'config'] },
  { name: 'progress', holds: 'src/progress/', mayImport: ['model', 'errors', 'events'] },
  { name: 'service', holds: 'src/service/', mayImport: ['model', 'errors', 'events', 'flow', 'operations', 'config', 'app', 'progress'] },
  // For browsers only, as the client is: it stands before the rest of the web, of which it may use the contract.
  { name: 'page', holds: 'src/web/page/', mayImport: ['web', 'service', 'client'] },
  // Of the twin a page uses what makes markup, of operations their types.
  {
    name: 'web',
    holds: 'src/web/',
    mayImport: ['model', 'errors', 'events', 'flow', 'twin', 'operations', 'config', 'app', 'progress', 'service'],
  },
  {
    name: 'cli',
    holds: 'src/cli/',
    mayImport: ['model', 'errors', 'events', 'flow', 'operations', 'config', 'app', 'progress', 'service', 'web'],
  },
  { name: 'library', holds: 'src/library/', mayImport: ['model', 'errors', 'events', 'flow', 'vault', 'operations', 'config', 'app'] },
  {
    name: 'index',
    holds: 'src/index.ts',
    mayImport: ['model', 'errors', 'events', 'operations', 'config', 'library'],
  },
]

/** The folders behind an interface: outside, only the open files may be named; `src/app/` alone picks the real thing. */
const seams: readonly { readonly folder: string; readonly open: readonly string[]; readonly why: string }[] = [
  {
    folder: 'src/smugmug/',
    open: ['src/smugmug/account.ts', 'src/smugmug/account-writer.ts'],
    why: 'the account is met as an interface; src/app/ alone names the real one',
  },
  {
    folder: 'src/vault/storage/',
    open: ['src/vault/storage/storage.ts', 'src/vault/storage/abilities.ts', 'src/vault/storage/s3/bucket.ts'],
    why: 'a storage is met as an interface; src/app/ alone names the real one',
  },
]

/** The files that may use a package: one seam each, so that it can be replaced. */
const packages: Readonly<Record<string, readonly string[]>> = {
  'node:sqlite': [
    'src/vault/catalogue/',
    'src/vault/home/lock.ts',
    'src/vault/twin-database.ts',
    'src/vault/versions/past-texts.ts',
    'src/vault/storage/s3/listing.ts',
  ],
  sharp: ['src/vault/thumbnails/sharp.ts', 'src/app/pictures-child.ts'],
  'pg-boss': ['src/service/fleet/database.ts'],
  '@aws-sdk/client-s3': ['src/vault/storage/s3/client.ts'],
  'age-encryption': ['src/vault/storage/sealed/age.ts'],
  croner: ['src/config/next-moment.ts'],
  undici: ['src/smugmug/', 'src/service/notify/http.ts', 'src/app/newest.ts'],
  nodemailer: ['src/service/notify/mail.ts'],
  commander: ['src/cli/'],
  '@clack/prompts': ['src/cli/'],
  'node:process': ['src/cli/', 'src/app/'],
  'node:console': [],
}

/** The one file that may start the simulated service. */
const simulatorUser = 'src/cli/commands/demo.ts'

/** Globals that belong to the faces of the program, not to its core. */
const coreAvoids: readonly {
  readonly what: RegExp
  readonly name: string
  readonly except: readonly string[]
  readonly instead: string
}[] = [
  {
    what: /(?<![.\w$])process\b(?!\s*\??:)/g,
    name: 'process',
    except: [],
    instead: 'the faces (src/cli, src/app) hand in what is needed',
  },
  { what: /(?<![.\w$])console\b(?!\s*\??:)/g, name: 'console', except: [], instead: 'emit an event' },
  { what: /\bglobalThis\b/g, name: 'globalThis', except: [], instead: 'name what is needed' },
  { what: /\bDate\.now\b|\bnew Date\(\s*\)/g, name: 'the time of day', except: ['src/flow/clock.ts'], instead: 'take a clock' },
]

/** Words that ask where the program lies. A single executable has no folder of sources and no script: one module answers for both. */
const ownFilesAlone: typeof coreAvoids = [
  { name: 'import.meta', what: /\bimport\.meta\b/g },
  { name: 'execPath', what: /\bprocess\.exec(?:Path|Argv)\b/g },
  { name: 'argv', what: /\bprocess\.argv\[/g },
  { name: 'fork', what: /\bfork\(/g },
].map((each) => ({ ...each, except: ['src/app/own-files.ts'], instead: 'ask src/app/own-files.ts' }))

/** Calls of Node that end badly on some machines, and the one file that does better. */
const betterWays: typeof coreAvoids = [
  {
    name: 'a recursive mkdir, which never ends below /proc',
    what: /\bmkdir(?:Sync)?\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\brecursive\b/g,
    except: [],
    instead: 'use src/flow/make-folders.ts',
  },
  { name: 'mkdtemp', what: /\bmkdtemp(?:Sync)?\b/g, except: ['src/vault/scratch.ts'], instead: 'use src/vault/scratch.ts' },
]

/** [Note: tests in src] A test beside its file may start the simulator and real storages, but sees no layer its subject may not see. */
const isTest = (path: string): boolean => path.endsWith('.test.ts')

const layerOf = (path: string): Layer | undefined =>
  layers.find((layer) => (layer.holds.endsWith('/') ? path.startsWith(layer.holds) : path === layer.holds || path === testOf(layer.holds)))

const testOf = (path: string): string => path.replace(/\.ts$/, '.test.ts')

const within = (path: string, places: readonly string[]): boolean =>
  places.some((place) => path === place || (place.endsWith('/') && path.startsWith(place)))

interface SourceFile {
  readonly path: string
  readonly text: string
}

/** Returns every breach of the tables, as a sentence with the file, its import and the rule. */
function breaches(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap(({ path, text }) => {
    const bare = blank(text)
    const imports = importsOf(text, bare)
    if (path.startsWith('simulator/')) return imports.flatMap((name) => simulatorBreach(path, name))
    const layer = layerOf(path)
    if (layer === undefined) return [`${path} belongs to no layer: give it a place in the table of test/layers.test.ts`]
    return [
      ...imports.flatMap((name) => (name.startsWith('.') ? importBreach(path, layer, name) : packageBreach(path, name))),
      ...(isTest(path) ? [] : globalBreaches({ path, bare, table: [...(layer.core ? coreAvoids : []), ...ownFilesAlone, ...betterWays] })),
    ]
  })
}

const targetOf = (path: string, name: string): string => posix.join(posix.dirname(path), name)

function simulatorBreach(path: string, name: string): readonly string[] {
  const target = targetOf(path, name)
  return name.startsWith('.') && target.startsWith('src/')
    ? [`${path} imports ${target}: the simulator shares nothing with src, or a wrong belief about SmugMug would agree with itself`]
    : []
}

function importBreach(path: string, layer: Layer, name: string): readonly string[] {
  const target = targetOf(path, name)
  if (target === 'package.json') return []
  if (target.startsWith('simulator/')) {
    return isTest(path) || path === simulatorUser ? [] : [`${path} imports ${target}: only ${simulatorUser} may start the simulator`]
  }
  if (!target.startsWith('src/')) {
    return isTest(path) && target.startsWith('test/')
      ? []
      : [`${path} imports ${target}: the program consists of src (and the simulator, for the demo)`]
  }
  if (!isTest(path) && isTest(target)) return [`${path} imports ${target}: the program does not use its tests`]
  const its = layerOf(target)
  if (its === undefined) return [`${path} imports ${target}, which belongs to no layer`]
  if (its !== layer && !layer.mayImport.includes(its.name)) {
    return [`${path} imports ${target}: ${layer.name} may import ${layer.mayImport.join(', ') || 'nothing'}, not ${its.name}`]
  }
  return seams
    .filter(
      ({ folder, open }) => within(target, [folder]) && !within(path, [folder, 'src/app/']) && !open.includes(target) && !isTest(path),
    )
    .map(({ why }) => `${path} imports ${target}: ${why}`)
}

function packageBreach(path: string, name: string): readonly string[] {
  const key = Object.keys(packages).find((known) => name === known || name.startsWith(`${known}/`))
  const places = key === undefined ? undefined : packages[key]
  return places === undefined || isTest(path) || within(path, places)
    ? []
    : [`${path} imports ${name}: ${places.length > 0 ? `it may be used in ${places.join(', ')} only` : 'nothing in src may'}`]
}

function globalBreaches({ path, bare, table }: { readonly path: string; readonly bare: string; readonly table: typeof coreAvoids }) {
  return table
    .filter(({ name, except }) => !within(path, except) && !new RegExp(`\\b(?:const|let|function)\\s+${name}\\b`).test(bare))
    .flatMap(({ what, name, instead }) =>
      [...bare.matchAll(what)].map((match) => `${path}:${bare.slice(0, match.index).split('\n').length} uses ${name}: ${instead}`),
    )
}

describe('layers', () => {
  test('every import and global of the sources keeps to the tables', () => {
    const paths = globSync(['src/**/*.ts', 'simulator/**/*.ts'], { cwd: root }).map((path) => path.split(sep).join('/'))
    assert.ok(paths.includes('src/model.ts'), 'the sources were not found')
    const found = breaches(paths.map((path) => ({ path, text: readFileSync(resolve(root, path), 'utf8') })))
    assert.equal(found.length, 0, `\n${found.join('\n')}`)
  })

  test('the tables name only layers that exist', () => {
    const names = new Set(layers.map(({ name }) => name))
    for (const { name, mayImport } of layers)
      for (const other of mayImport) assert.ok(names.has(other), `${name} may import ${other}, which is no layer`)
  })
})

describe('the reading of sources', () => {
  const judge = (path: string, text: string): string => breaches([{ path, text }]).join('\n')

  const caught: readonly (readonly [path: string, text: string, says: RegExp])[] = [
    ['src/vault/a.ts', "import { b } from '../smugmug/account.ts'", /vault may import .* not smugmug/],
    ['src/smugmug/a.ts', "export { b } from '../vault/vault.ts'", /smugmug may import .* not vault/],
    ['src/smugmug/a.ts', "import type {\n  B,\n  C,\n} from '../operations/verify.ts'", /not operations/],
    ['src/model.ts', "import type { A } from './errors.ts'", /model may import nothing, not errors/],
    ['src/cli/commands/list.ts', "const { b } = await import('../../vault/vault.ts')", /cli may import .* not vault/],
    ['src/cli/main.ts', "type A = import('../smugmug/account.ts').Account", /not smugmug/],
    ['src/cli/main.ts', "import { start } from '../../simulator/start.ts'", /only src\/cli\/commands\/demo\.ts/],
    ['src/operations/verify/verify.ts', "import { Api } from '../../smugmug/api.ts'", /met as an interface/],
    ['src/operations/verify/verify.ts', "import '../../vault/storage/folder.ts'", /a storage is met as an interface/],
    ['src/vault/vault.ts', "import { DatabaseSync } from 'node:sqlite'", /may be used in src\/vault\/catalogue/],
    ['src/vault/vault.ts', "import { request } from 'undici'", /may be used in src\/smugmug/],
    ['src/app/app.ts', "import { x } from '../flow/parallel.test.ts'", /does not use its tests/],
    ['src/app/app.ts', "import { x } from '../../bench/x.ts'", /the program consists of src/],
    ['src/stray.ts', '', /belongs to no layer/],
    ['simulator/start.ts', "import type { Item } from '../src/model.ts'", /shares nothing with src/],
    ['src/flow/a.ts', 'let a = 1\nif (process.pid) a++', /src\/flow\/a\.ts:2 uses process/],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is source text to be judged
    ['src/vault/a.ts', 'const a = `${`x ${process.cwd()}`} process`', /:1 uses process/],
    ['src/vault/a.ts', "import process from 'node:process'\n", /uses process/],
    ['src/vault/a.ts', "import { env } from 'node:process'", /node:process: it may be used in src\/cli/],
    ['src/cli/main.ts', "import { log } from 'node:console'", /nothing in src may/],
    ['src/cli/main.ts', "const folder = new URL('../', import.meta.url)", /:1 uses import\.meta: ask src\/app\/own-files\.ts/],
    ['src/service/tasks.ts', 'spawn(process.execPath, [process.argv[1]])', /uses execPath.*\n.*uses argv/],
    [
      'src/cli/main.ts',
      'await mkdir(dirname(join(a, b)), {\n  recursive: true })',
      /:1 uses a recursive mkdir.*: use src\/flow\/make-folders/,
    ],
    ['src/vault/a.ts', 'mkdirSync(folder, { mode: 0o700, recursive: true })', /uses a recursive mkdir/],
    ['src/app/app.ts', "await mkdtemp(join(tmpdir(), 'a'))", /uses mkdtemp: use src\/vault\/scratch\.ts/],
    ['src/operations/a.ts', 'console.log(1)', /uses console: emit an event/],
    ['src/operations/a.ts', 'const t = Date.now()', /uses the time of day/],
    ['src/operations/a.ts', 'const quote = /[\'"`]/\nconst t = new Date()', /:2 uses the time of day/],
  ]
  for (const [path, text, says] of caught) test(`catches ${JSON.stringify(text)} in ${path}`, () => assert.match(judge(path, text), says))

  const allowed: readonly (readonly [path: string, text: string])[] = [
    [
      'src/operations/backup/backup.ts',
      "import type { Account } from '../../smugmug/account.ts'\nimport { vault } from '../../vault/vault.ts'",
    ],
    ['src/app/app.ts', "import { Folder } from '../vault/storage/folder.ts'\nimport { Api } from '../smugmug/api.ts'"],
    ['src/cli/commands/demo.ts', "import { start } from '../../../simulator/start.ts'\nprocess.exitCode = 1"],
    ['src/vault/catalogue/catalogue.ts', "import { DatabaseSync } from 'node:sqlite'"],
    ['src/smugmug/wire/http.test.ts', "import { start } from '../../../simulator/start.ts'\nprocess.pid"],
    ['src/vault/a.ts', "// process.env, import x from '../smugmug/api.ts'\n/* console.log */ const a = 'process.env'"],
    ['src/vault/a.ts', "const text = `import { a } from '../smugmug/api.ts'`"],
    ['src/vault/a.ts', 'const a = { process: 1, console: 2 }\na.process++; const half = a.console / 2 / 1 // process'],
    ['src/vault/home/lock.ts', 'const process = holder.pid\nreturn process'],
    ['src/flow/clock.ts', 'export const now = () => Date.now()'],
    ['src/vault/a.ts', 'await mkdir(folder)\nawait rm(dirname(folder), { recursive: true })'],
    ['src/vault/a.test.ts', "mkdirSync(mkdtempSync('a'), { recursive: true })"],
    ['src/flow/a.ts', 'const at = new Date(0); const processed = 1'],
  ]
  for (const [path, text] of allowed) test(`allows ${JSON.stringify(text)} in ${path}`, () => assert.equal(judge(path, text), ''))
})
