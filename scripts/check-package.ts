/**
 * `npm run check-package`: packs the program as the registry would get it, installs that into an empty folder, and uses it
 * there as a stranger does: the command, the demo, the library and its types. Needs the registry for the dependencies.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'

const root = join(import.meta.dirname, '..')
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly name: string; readonly version: string }

/** The files that the package may hold; any other has leaked. */
const mayHold: readonly RegExp[] = [
  /^(?:package\.json|LICENSE|README\.md|CHANGELOG\.md)$/,
  /^bin\/[^/]+\.cjs$/,
  /^dist\/src\/.+\.d\.ts$/,
  /^dist\/program\/[^/]+\.js$/,
  /^dist\/(?:places\.txt\.br|licenses-of-data\.txt|(?:twin|live)\/[^/]+\.(?:js|css))$/,
  /^simulator\/demo\/.+\.(?:json|jpe?g|png|gif|mp4|heic|tiff?|txt|md)$/i,
  /^man\/smugmug-backup(?:\.1|\.toml\.5)$/,
  /^packaging\/.+(?:\.(?:yaml|plist|xml)|\/Dockerfile)$/,
  /^docs\/.+\.(?:md|svg|png|webp|schema\.json)$/,
]
const mustHold = [
  'LICENSE',
  'README.md',
  'CHANGELOG.md',
  'docs/album.schema.json',
  'packaging/compose.yaml',
  'packaging/fleet/Dockerfile',
  'man/smugmug-backup.1',
  'man/smugmug-backup.toml.5',
  'bin/smugmug-backup.cjs',
  'bin/prepare.cjs',
  'dist/program/main.js',
  'dist/program/index.js',
  'dist/src/index.d.ts',
  'dist/program/pictures-child.js',
  'dist/places.txt.br',
  'dist/licenses-of-data.txt',
  'dist/twin/twin.js',
  'dist/live/live.js',
  'dist/live/live.css',
]

/** The PATH of a stranger's machine: without the checkout's own tools, with the Node that runs this. */
const path = [dirname(process.execPath), ...(process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.startsWith(root))].join(
  delimiter,
)

/** Runs a command. Fails with its whole output when it does not end with 0. `home` keeps a program away from this machine's settings. */
function run(command: string, parameters: readonly string[], cwd: string, home = homedir()): string {
  const kept = Object.entries(process.env).filter(([name]) => !/^(?:SMGMG_BK_|npm_(?!config_)|DEBUG$|NODE_(?!EXTRA_CA_CERTS))/i.test(name))
  const env = { ...Object.fromEntries(kept), PATH: path, HOME: home, USERPROFILE: home, NO_COLOR: '1' }
  const { status, stdout, stderr, error } = spawnSync(command, parameters, {
    cwd,
    env,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  assert.equal(status, 0, `${[command, ...parameters].join(' ')} ended with ${status ?? error?.message}\n${stdout}\n${stderr}`)
  return stdout
}

const step = (text: string): void => console.log(`  ${text}`)

function pack(work: string): string {
  const answer = run('npm', ['pack', '--json', '--pack-destination', work], root)
  const parsed = JSON.parse(answer.slice(answer.search(/^[[{]/m))) as readonly Packed[] | Readonly<Record<string, Packed>>
  const packed = Object.values(parsed)[0]
  assert.ok(packed, `npm pack said nothing of what it packed: ${answer}`)
  const files = packed.files.map((file) => file.path)
  const leaked = files.filter((file) => !mayHold.some((form) => form.test(file)) || file.includes('.test.'))
  assert.deepEqual(leaked, [], 'the package holds what it should not')
  const missing = mustHold.filter((file) => !files.includes(file))
  assert.deepEqual(missing, [], 'the package lacks what it should hold')
  step(`packed ${packed.filename}: ${files.length} files, ${megabytes(packed.size)} (${megabytes(packed.unpackedSize)} unpacked)`)
  return join(work, packed.filename)
}

interface Packed {
  readonly filename: string
  readonly size: number
  readonly unpackedSize: number
  readonly files: readonly { readonly path: string }[]
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

function install(tarball: string, folder: string): void {
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'a-stranger', private: true, type: 'module' }))
  npmInstall(folder, tarball, '--omit=optional')
  const modules = join(folder, 'node_modules')
  const files = readdirSync(modules, { recursive: true, encoding: 'utf8' })
  const bytes = files.map((file) => statSync(join(modules, file))).reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0)
  const packages = run('npm', ['ls', '--all', '--parseable'], folder).trim().split('\n').length - 1
  step(`installed into an empty folder, without its optional part: ${packages} packages, ${megabytes(bytes)}`)
}

const npmInstall = (folder: string, ...more: readonly string[]): string =>
  run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...more], folder)

/** Makes a twin without the optional library sharp, then with it. */
function useTwin(folder: string, home: string): void {
  const vault = join(home, 'vault')
  mkdirSync(vault)
  const program = (...parameters: string[]): string =>
    run('npx', ['--no-install', manifest.name, ...parameters, '--destination', vault], folder, home)
  const thumbnails = (): number => readdirSync(vault, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.webp')).length
  program('demo')
  program('twin')
  assert.equal(thumbnails(), 0)
  npmInstall(folder, '--include=optional')
  program('twin')
  assert.ok(thumbnails() > 0, 'sharp makes no thumbnails')
  step(`the twin is made without sharp, then with it: ${thumbnails()} thumbnails`)
}

function useCommand(folder: string, home: string): void {
  const program = (...parameters: string[]): string => run('npx', ['--no-install', manifest.name, ...parameters], folder, home)
  assert.ok(program('--version').includes(manifest.version), '--version tells another version than package.json')
  assert.match(program('--help'), /backup/)
  step('--version and --help answer')
  const started = Date.now()
  program('demo')
  step(`the demo runs to its end in ${((Date.now() - started) / 1000).toFixed(1)} s`)
}

function useLibrary(folder: string): void {
  const example = join(folder, 'backup.ts')
  copyFileSync(join(root, 'examples', 'backup.ts'), example)
  const names = /import \{([^}]+)\} from 'smugmug-backup'/.exec(readFileSync(example, 'utf8'))?.[1]?.split(',') ?? []
  assert.ok(names.length > 0, 'examples/backup.ts imports nothing from the package')
  const values = names.map((name) => name.trim()).filter((name) => name !== '' && !name.startsWith('type '))
  writeFileSync(
    join(folder, 'values.js'),
    `import { ${values.join(', ')} } from 'smugmug-backup'\nfor (const v of [${values.join(', ')}]) if (!v) throw v\n`,
  )
  run('node', ['values.js'], folder)
  const types = join(root, 'node_modules', '@types')
  // The example is a program for Node. That the declarations need no types of Node has a test of its own.
  const options =
    '--noEmit --strict --exactOptionalPropertyTypes --skipLibCheck false --module nodenext --target es2024 --lib es2024 --types node'
  run('node', [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), ...options.split(' '), '--typeRoots', types, example], folder)
  step('the library is imported, and examples/backup.ts type-checks against the packed declarations')
}

console.log('The package, as a stranger gets it:')
const work = mkdtempSync(join(tmpdir(), 'smugmug-backup-package-'))
try {
  const [folder, home] = [join(work, 'empty'), join(work, 'home')]
  for (const each of [folder, home]) mkdirSync(each)
  install(pack(work), folder)
  useCommand(folder, home)
  useLibrary(folder)
  useTwin(folder, home)
} finally {
  rmSync(work, { recursive: true, force: true })
}
