/** The word of the service to those who watch it: true of the vault that they ask about, and at once. */
import assert from 'node:assert/strict'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { HOUR } from '../../src/flow/clock.ts'
import { ANY, addressOf, configured, healthz } from '../support/service.ts'
import { assertCode, BARE, openScene, write } from './harness.ts'

describe('the word of the service', { concurrency: 4 }, () => {
  test('follows another destination with its lock and its address, and is given for no other vault', async (t) => {
    const scene = await openScene(t)
    const env = BARE
    const [old, other] = [scene.vault, join(scene.folder, 'other')]
    configured(scene)
    const service = scene.start(['service', '--no-web', ...ANY], { env })
    const address = await addressOf(service)
    const port = new URL(address).port
    await service.says(/Next: a backup/)
    configured(scene, '', { vault: other })
    await service.says(/A backup begins/, 2)
    await service.says(/Next: a backup/, 2)
    assertCode(await scene.run(['service', '--check'], { env }), 0)
    const second = scene.start(['service', '--no-web', ...ANY], { env })
    await second.says(new RegExp(`Another service \\(process ${service.pid}\\) keeps ${other} current already`))
    assertCode(await second.ended, 6)
    // The service is found by its port alone, and keeps another vault.
    const left = await scene.run(['service', '--check', '--destination', old, '--port', port], { env })
    assertCode(left, 1)
    assert.match(left.stdout, /Not all is well: no service of this vault answers/)
    assertCode(await scene.run(['service', '--check', '--destination', `${other}/`, '--port', port], { env }), 0)

    const ofOld = scene.start(['service', '--no-web', '--destination', old, ...ANY], { env })
    await ofOld.says(/Next: a backup/)
    configured(scene, '', { vault: old })
    await service.says(new RegExp(`Another service \\(process ${ofOld.pid}\\) keeps ${old} current already`))
    assert.deepEqual((await healthz(address)).status, 503)
    assertCode(await scene.run(['service', '--check'], { env }), 0)
    ofOld.kill('SIGTERM')
    assertCode(await ofOld.ended, 0)
    await service.says(/The service goes on/)
    assertCode(await scene.run(['service', '--check'], { env }), 0)
    service.kill('SIGTERM')
    assertCode(await service.ended, 0)
    assertCode(await scene.run(['service', '--check', '--port', port], { env }), 1)
  })

  test('is not that of a page which nobody keeps current', async (t) => {
    const scene = await openScene(t)
    assertCode(await scene.backup(), 0)
    const page = scene.start(['web', ...ANY])
    const { port } = new URL(await addressOf(page))
    const check = await scene.run(['service', '--check', '--port', port])
    assertCode(check, 1)
    assert.match(check.stdout, /no service of this vault answers/)
  })

  test('a broken configuration is trouble like any other', async (t) => {
    const scene = await openScene(t)
    configured(scene)
    const service = scene.start(['service', '--no-web', ...ANY], { env: BARE })
    await service.says(/Next: a backup/)
    configured(scene, '[service]\nevery = "often"\n')
    await service.says(/every in \[service\]/)
    const check = await scene.run(['service', '--check'], { env: BARE })
    assertCode(check, 1)
    assert.match(check.stdout, /^Not all is well: .*every in \[service\].*\n$/)
    service.kill('SIGTERM')
    await service.ended
  })

  test('names a backup at once that failed before the vault could note it', async (t) => {
    const scene = await openScene(t)
    assertCode(await scene.backup(), 0)
    const lock = join(scene.vault, '.smugmug-backup', 'lock.sqlite')
    rmSync(lock)
    mkdirSync(lock)
    // The last backup was 25 hours ago.
    const clock = write(join(scene.folder, 'clock'), String(25 * HOUR))
    const program = { MOVED_CLOCK: clock, NODE_OPTIONS: `--import=${new URL('../support/moved-clock.mjs', import.meta.url).href}` }
    const service = scene.start(['service', '--no-web', '--verify-days', '0', ...ANY], { env: program })
    const address = await addressOf(service)
    await service.says(/The backup ended with exit code 5[\s\S]*Next: a backup at/)
    const { status, body } = await healthz(address)
    assert.deepEqual([status, body.lastExitCode, body.overdue], [503, 5, false])
    assert.equal(body.reason, 'the last backup ended with exit code 5, because the destination cannot be used')
    assert.match(await (await fetch(`${address}metrics`)).text(), /^smugmug_backup_last_run_exit_code 5$/m)
    const check = await scene.run(['service', '--check'])
    assertCode(check, 1)
    assert.match(check.stdout, /^Not all is well: the last backup ended with exit code 5, because/)
    service.kill('SIGTERM')
    await service.ended
  })
})
