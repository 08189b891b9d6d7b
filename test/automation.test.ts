/** The units of docs/automation.md, read by systemd itself. The test is skipped, and says so, on a machine without it. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { read } from './manual.ts'

const analyze = (...parameters: readonly string[]) => spawnSync('systemd-analyze', parameters, { encoding: 'utf8' })
const skip = analyze('--version').error !== undefined && 'systemd-analyze is not installed'

/** The units of the page, by their path below /etc/systemd/system. */
const units = new Map(
  [...read('docs/automation.md').matchAll(/`\/etc\/systemd\/system\/([\w./-]+)`[^`]*```ini\n([\s\S]*?)```/g)].map(
    ([, path = '', text = '']) => [path, text],
  ),
)
const service = units.get('smugmug-backup.service') ?? ''

test('a service that was stopped in a backup is no failure, nor a run that found another one', () => {
  assert.match(service, /^SuccessExitStatus=130$/m)
  assert.match(units.get('smugmug-backup-once.service.d/once.conf') ?? '', /^SuccessExitStatus=6 130$/m)
})

test('the service alone is told to stop, and may send its own words to systemd', () => {
  assert.match(service, /^KillMode=mixed$/m)
  assert.match(service, /^Type=notify$/m)
  assert.match(service, /^NotifyAccess=all$/m)
  assert.match(service, /^ExecStart=\S+smugmug-backup service$/m)
})

test('the units are accepted by systemd, and shut the program in', { skip }, (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'units-'))
  context.after(() => rmSync(folder, { recursive: true }))
  // The copy that the page asks for. No program of ours is installed here.
  const files = new Map([...units, ['smugmug-backup-once.service', service]])
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text.replaceAll('/usr/local/bin/smugmug-backup', '/bin/true'))
  }
  assert.equal(files.size, 5)
  const named = [...files.keys()].filter((path) => !path.includes('/')).map((path) => join(folder, path))
  const verified = analyze('verify', '--man=no', ...named)
  const ours = verified.stderr.split('\n').filter((line) => line.includes('smugmug-backup'))
  assert.deepEqual([verified.status, ours], [0, []])
  const exposure = /exposure level[^:]*: (\d+\.\d+)/.exec(
    analyze('security', '--offline=true', join(folder, 'smugmug-backup.service')).stdout,
  )
  if (exposure !== null) assert.ok(Number(exposure[1]) < 4, exposure[0])
})
