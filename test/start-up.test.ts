import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'

const bin = join(import.meta.dirname, '..', 'bin', 'smugmug-backup.cjs')

/** Prints the address of each module that is loaded, at the end. */
const LISTING = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module'
  const loaded = []
  registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) })
  process.on('exit', () => process.stderr.write(loaded.join('\\n')))
`)}`

/** Starts the sources as bin/ starts them without a build. */
const SOURCES = `import(${JSON.stringify(import.meta.resolve('../src/cli/main.ts'))}).then(({ start }) => start('0.0.0'))`

/** Returns the modules that a command line loads; those of Node are not among them. */
const loadedBy = (program: readonly string[], argv: readonly string[]): readonly string[] => {
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', LISTING, ...program, ...argv], { encoding: 'utf8' })
  assert.match(`${stdout}${stderr}`, /smugmug-backup/)
  return [...new Set(stderr.split('\n'))].filter((url) => url.startsWith('file:'))
}

for (const { what, program, most, tooMuch } of [
  // More than the tables of commands, options and settings, which help shows, need with all that reads them.
  { what: 'sources', program: ['--eval', SOURCES, '--', bin], most: 60, tooMuch: /\/src\/(?:app|operations\/backup|vault|smugmug|web)\// },
  {
    what: 'package, if it is built',
    program: [bin],
    most: 60,
    tooMuch: /\/(?:program|src\/\w+)\/(?:app|backup|vault|place|account|web)\d*\.[jt]s$/,
  },
] as const) {
  test(`help and the version load no package, and little of the program: ${what}`, () => {
    for (const argv of [['--help'], ['verify', '--help'], ['--version']]) {
      const loaded = loadedBy(program, argv)
      assert.ok(loaded.length > 3 && loaded.length < most, `${argv.join(' ')}: ${loaded.length} modules`)
      assert.deepEqual(
        loaded.filter((url) => url.includes('/node_modules/') || tooMuch.test(url)),
        [],
      )
    }
    assert.ok(
      loadedBy(program, ['status', '--destination', '/nowhere']).some((url) => tooMuch.test(url)),
      'the pattern finds what it is for',
    )
  })
}
