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

/** Returns the modules that a command line loads; those of Node are not among them. */
const loadedBy = (...argv: readonly string[]): readonly string[] => {
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', LISTING, bin, ...argv], { encoding: 'utf8' })
  assert.match(stdout, /smugmug-backup/)
  return [...new Set(stderr.split('\n'))].filter((url) => url.startsWith('file:'))
}

/** More than the tables of commands, options and settings, which help shows, need with all that reads them. */
const MOST = 60

test('help and the version load no package, and little of the program', () => {
  for (const argv of [['--help'], ['verify', '--help'], ['--version']]) {
    const loaded = loadedBy(...argv)
    assert.ok(loaded.length > 10 && loaded.length < MOST, `${argv.join(' ')}: ${loaded.length} modules`)
    assert.deepEqual(
      loaded.filter((url) => url.includes('/node_modules/') || /\/src\/(?:app|operations\/backup|vault|smugmug|web)\//.test(url)),
      [],
    )
  }
})
