import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { describe, test } from 'node:test'
import { serve } from '../../test/support/scripted-server.ts'
import { processIo } from './io.ts'
import { main } from './main.ts'

describe('--version --check', () => {
  /** Runs a command line, and returns its end and words. */
  const run = async (argv: readonly string[], env: Readonly<Record<string, string>>) => {
    const said = { stdout: '', stderr: '' }
    const into = (name: keyof typeof said) =>
      new Writable({
        write: (chunk, _, done) => {
          said[name] += String(chunk)
          done()
        },
      })
    const io = { ...processIo('2.0.0'), env, stdout: into('stdout'), stderr: into('stderr') }
    return { exitCode: await main(argv, io), ...said }
  }

  test('prints both versions, and --json has them', async (t) => {
    const server = await serve(t, (response) => response.end('{"tag_name": "v2.0.1"}'))
    const env = { SMUGMUG_BACKUP_RELEASES: server.url }
    assert.deepEqual(await run(['--version', '--check'], env), {
      exitCode: 0,
      stdout: 'smugmug-backup 2.0.0\nThere is a newer version, 2.0.1: https://github.com/smugmug-backup/smugmug-backup/releases\n',
      stderr: '',
    })
    const { version, newest, exitCode } = JSON.parse((await run(['-V', '--check', '--json'], env)).stdout)
    assert.deepEqual([version, newest, exitCode], ['2.0.0', '2.0.1', 0])
  })

  test('ends with 3 and one sentence if there is no answer', async (t) => {
    const server = await serve(t, (response) => response.writeHead(403).end())
    const { exitCode, stdout, stderr } = await run(['--version', '--check'], { SMUGMUG_BACKUP_RELEASES: server.url })
    assert.deepEqual([exitCode, stdout], [3, ''])
    assert.match(stderr, /^smugmug-backup: It is not known .*\nSee: https:\S+\n$/)
  })

  test('alone makes a request: --version and --help make none', async (t) => {
    const server = await serve(t, (response) => response.end('{"tag_name": "v2.0.1"}'))
    for (const argv of [['--version'], ['-V', '--json'], ['--help'], ['backup', '--help'], ['--version', '--check=false']])
      assert.equal((await run(argv, { SMUGMUG_BACKUP_RELEASES: server.url })).exitCode, 0)
    assert.equal(server.requests.length, 0)
    await run(['--version', '--check'], { SMUGMUG_BACKUP_RELEASES: server.url })
    assert.equal(server.requests.length, 1)
  })
})
