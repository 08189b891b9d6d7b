/** The service as a user starts it, by a real clock. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { describe, type TestContext, test } from 'node:test'
import { largeWorld } from '../../simulator/worlds/large.ts'
import { ANY, addressOf, configured, healthz } from '../support/service.ts'
import { assertCode, assertHolds, BARE, openScene, type Running, type Scene } from './harness.ts'

const historyOf = async (scene: Scene): Promise<readonly (readonly [string, number])[]> =>
  (await scene.json(['history'])).lines
    .flatMap((line) => (line.event === 'run' ? [[line.operation, line.exitCode] as const] : []))
    .toReversed()

/** An account that takes a minute: no test waits for its end. */
const slow = {
  world: largeWorld({ albums: 4, imagesPerAlbum: 50, bytesPerImage: 20_000 }),
  behaviour: { latency: { fileMs: 300 } },
  env: { SMGMG_BK_CONCURRENT_DOWNLOADS: '1' },
}

describe('the service', { concurrency: 4 }, () => {
  test('backs up, verifies, waits for the next moment, and says so to those who watch', async (t) => {
    const scene = await openScene(t)
    const service = scene.start(['service', '--every', '1m', ...ANY], { patienceMs: 180_000 })
    const address = await addressOf(service)
    await service.says(/Next: a backup at/)
    await assertHolds(scene.vault, scene.simulator.world)
    assert.deepEqual(await historyOf(scene), [
      ['backup', 0],
      ['verify', 0],
    ])
    const { status, body } = await healthz(address)
    assert.deepEqual([status, body.status, body.overdue], [200, 'ok', false])
    assert.ok(Math.abs(Number(body.nextRun) - Date.now()) < 60_000)
    assert.doesNotMatch(JSON.stringify(body), /simon|vault/)
    assertCode(await scene.run(['service', '--check']), 0)
    const web = await scene.run(['web'])
    assert.match(web.stdout, /open already[\s\S]*\?key=/)
    const page = await fetch(/http:\S+/.exec(web.stdout)?.[0] ?? '')
    const cookie = page.headers.get('set-cookie')?.split(';')[0] ?? assert.fail('no cookie')
    const live = await (await fetch(`${address}live.html`, { headers: { cookie } })).text()
    assert.match(live, /Next: a backup at \d\d:\d\d \(every 60 s\)/)
    // The second one, by the clock.
    await service.says(/A backup begins: every 60 s/)
    service.kill('SIGTERM')
    assertCode(await service.ended, (await service.ended).code === 130 ? 130 : 0)
    assertCode(await scene.run(['service', '--check']), 1)
  })

  test('shows its runs on the page, live', async (t) => {
    const scene = await openScene(t, slow)
    const service = scene.start(['service', ...ANY])
    const [, address = '', key = ''] = await service.says(/(http:\/\/localhost:\d+\/)(\?key=\S+)/)
    const cookie = (await fetch(address + key)).headers.get('set-cookie')?.split(';')[0] ?? assert.fail('no cookie')
    await service.says(/A backup begins/)
    const tasks = (await (await fetch(`${address}api/tasks`, { headers: { cookie } })).json()) as {
      tasks: readonly { kind: string; state: string }[]
    }
    assert.deepEqual(
      tasks.tasks.map(({ kind, state }) => [kind, state]),
      [['backup', 'running']],
    )
    service.kill('SIGTERM')
    assertCode(await service.ended, 130)
  })

  test('without the page answers watchmen alone, and nobody else', async (t) => {
    const scene = await openScene(t)
    const service = scene.start(['service', '--no-web', '--listen', '0.0.0.0', ...ANY])
    const address = await addressOf(service)
    await service.says(/Next: a backup at/)
    assert.equal((await healthz(address)).status, 200)
    assert.match(await (await fetch(`${address}metrics`)).text(), /smugmug_backup_vault_items_held 12/)
    for (const path of ['', 'live.html', 'api/tasks', 'sign-in', 'api/address'])
      assert.equal((await fetch(address + path)).status, 404, path)
    service.kill('SIGTERM')
    assertCode(await service.ended, 0)
  })

  test('in the image has a page with a password, and without one says that there is none', async (t) => {
    const scene = await openScene(t, { env: { SMUGMUG_BACKUP_IMAGE: '1' } })
    const bare = scene.start(['service', ...ANY])
    await bare.says(/without a page.*password/)
    await bare.says(/Next: a backup/)
    bare.kill('SIGTERM')
    assertCode(await bare.ended, 0)
    const service = scene.start(['service', ...ANY], { env: { SMGMG_BK_WEB_PASSWORD: 'open sesame' } })
    const address = await addressOf(service)
    await service.says(/from other machines without encryption/)
    assert.equal((await fetch(address)).status, 401)
    service.kill('SIGTERM')
    assertCode(await service.ended, 0)
  })

  test('a wrong schedule, a port in use, a second service: each a sentence and its exit code', async (t) => {
    const scene = await openScene(t)
    for (const [args, code, words] of [
      [['--schedule', '61 2 * * *'], 2, /--schedule takes five fields as of cron/],
      [['--schedule', '0 0 31 2 *'], 2, /--schedule takes five fields/],
      [['--every', '10s'], 2, /--every takes a time/],
      [['--every', '2h', '--schedule', '0 2 * * *'], 2, /only one can count/],
      [['--listen', '0.0.0.0'], 2, /no password/],
      [['nonsense'], 2, /does not know "nonsense"/],
    ] as const) {
      const { summary } = await scene.json(['service', ...args])
      assert.equal(summary.exitCode, code)
      assert.match(summary.message, words)
    }
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    t.after(() => other.close())
    const { port } = other.address() as AddressInfo
    const taken = await scene.json(['service', '--port', String(port)])
    assert.deepEqual([taken.summary.exitCode, taken.summary.message], [2, `Another program uses port ${port}.`])
    const bare = await scene.json(['service', '--no-web'], { env: { ...BARE, SMGMG_BK_DESTINATION: scene.vault } })
    assert.equal(bare.summary.exitCode, 2)
    const first = scene.start(['service', '--no-web', ...ANY])
    await first.says(/Next: a backup/)
    const second = await scene.json(['service', ...ANY])
    assert.equal(second.summary.exitCode, 6)
    assert.match(second.summary.message, new RegExp(`Another service \\(process ${first.pid}\\) keeps .* current already`))
    first.kill('SIGKILL')
    await first.ended
    const third = scene.start(['service', '--no-web', ...ANY])
    await third.says(/Next: a backup/)
  })

  test('a sign-in that is refused waits for a changed setting', async (t) => {
    const scene = await openScene(t)
    const env = BARE
    configured(scene, '[service]\nevery = "1m"\n', { secret: 'wrong' })
    const service = scene.start(['service', '--no-web', ...ANY], { env })
    await service.says(/No further backup begins by itself: the last one ended with exit code 4/)
    const address = await addressOf(service)
    const { status, body } = await healthz(address)
    assert.equal(status, 503)
    assert.match(String(body.reason), /waits for a person \(exit code 4\)/)
    const check = await scene.run(['service', '--check'], { env })
    assertCode(check, 1)
    assert.match(check.stdout, /Not all is well: .*exit code 4/)
    configured(scene, '[service]\nevery = "1m"\n')
    await service.says(/A backup begins: the settings were changed/)
    await service.says(/The backup ended with exit code 0/)
    service.kill('SIGTERM')
    assertCode(await service.ended, 0)
  })

  test('notifies once when trouble begins and once when it ends, and of a receiver that fails', async (t) => {
    const scene = await openScene(t)
    const heard: { readonly kind: string; readonly state: string }[] = []
    let status = 200
    const receiver = createServer(async (request, response) => {
      heard.push((await json(request)) as (typeof heard)[number])
      // The message is noted before its sender has the answer.
      response.writeHead(status).end()
    }).listen(0, '127.0.0.1')
    await once(receiver, 'listening')
    t.after(() => receiver.close())
    const { port } = receiver.address() as AddressInfo
    const rest = `[service]\nevery = "365d"\n[notify]\nurls = ["http://127.0.0.1:${port}/hook"]\n`
    const env = BARE
    configured(scene, rest, { secret: 'wrong' })
    const service = scene.start(['service', '--no-web', ...ANY], { env })
    await service.until(() => heard.length > 0)
    await service.says(/No further backup begins by itself/)
    configured(scene, rest)
    await service.says(/The backup ended with exit code 0/)
    await service.until(() => heard.length > 1)
    service.kill('SIGTERM')
    await service.ended
    assert.deepEqual(
      heard.map(({ kind, state }) => [kind, state]),
      [
        ['sign-in', 'began'],
        ['sign-in', 'ended'],
      ],
    )
    const tried = await scene.run(['service', 'notify', 'test'], { env })
    assertCode(tried, 0)
    assert.deepEqual([heard.at(-1)?.kind, heard.length], ['test', 3])
    status = 500
    const failed = await scene.run(['service', 'notify', 'test'], { env })
    assertCode(failed, 3)
    assert.match(failed.stdout + failed.stderr, /A message did not go out: .*127\.0\.0\.1/)
    assertCode(await scene.run(['service', 'notify', 'test'], { env: { HOME: scene.cwd } }), 2)
  })

  test('a disk that refuses a look is waited for, with the page and without it, and the service goes on by itself', async (t) => {
    const scene = await openScene(t)
    assertCode(await scene.run(['backup']), 0)
    const [ours, aside] = [join(scene.vault, '.smugmug-backup'), join(scene.folder, 'aside')]
    for (const face of [[], ['--no-web']]) {
      const service = scene.start(['service', ...face, ...ANY])
      const address = await addressOf(service)
      await service.says(/Next: a backup/)
      // A link to itself is refused, also to a user who may read everything.
      renameSync(ours, aside)
      symlinkSync('.smugmug-backup', ours)
      await service.says(/The destination .*vault cannot be reached \(ELOOP\)\. Check the disk and the permissions\./)
      assert.equal((await healthz(address)).status, 503)
      rmSync(ours)
      renameSync(aside, ours)
      await service.says(/The service goes on/)
      assert.equal((await healthz(address)).status, 200)
      service.kill('SIGTERM')
      assertCode(await service.ended, 0)
    }
  })

  test('a run that was started elsewhere is waited for, and is no failure', async (t) => {
    // No file comes before the service has met the run.
    const { promise: met, resolve: goOn } = Promise.withResolvers<void>()
    const scene = await openScene(t, { behaviour: { faults: [{ on: 'file', does: { kind: 'stall', after: 100, until: met } }] } })
    const elsewhere = scene.start(['--json', 'backup'])
    await elsewhere.says(/"event":"transfer.started"/)
    const service = scene.start(['service', '--no-web', ...ANY])
    await service.says(/A backup that was started elsewhere is under way: the service waits for its end/)
    goOn()
    assertCode(await elsewhere.ended, 0)
    await service.says(/The service goes on/)
    service.kill('SIGTERM')
    assert.equal((await service.ended).stdout.includes('exit code 6'), false)
  })

  /** Starts a service, and waits until its backup has brought something. */
  async function inTheMiddle(scene: Scene): Promise<Running> {
    const service = scene.start(['service', ...ANY])
    await service.says(/A backup begins/)
    await service.until(() => readdirSync(scene.vault, { recursive: true }).some((name) => /(^|\/)[^./][^/]*\.jpg$/.test(String(name))))
    return service
  }

  test('stopped once, the task finishes what is in flight and reports', async (t) => {
    const scene = await openScene(t, slow)
    const service = await inTheMiddle(scene)
    service.kill('SIGTERM')
    const ended = await service.ended
    assertCode(ended, 130)
    assert.match(ended.stdout, /The backup ended with exit code 130: Interrupted: [1-9]\d* items? held and proven so far/)
    assert.deepEqual(await historyOf(scene), [['backup', 130]])
  })

  test('stopped twice it ends at once, and its task does not outlive it', async (t) => {
    const scene = await openScene(t, slow)
    const service = await inTheMiddle(scene)
    service.kill('SIGTERM')
    service.kill('SIGINT')
    assertCode(await service.ended, 130)
    const said = (await service.ended).stdout
    assert.equal(said.includes('The backup ended'), false, said)
    // The vault is free again, once the system has taken the killed task away.
    let free = await scene.run(['verify'])
    while (free.code === 6) free = await scene.run(['verify'])
    assertCode(free, 0)
  })
})

/** A receiver of the words to systemd: Node has no such sockets. */
const RECEIVER = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print('here', flush=True)
while True:
    print(s.recv(4096).decode().replace(chr(10), ' '), flush=True)
`

const has = (program: string): boolean => spawnSync(program, ['--version']).error === undefined
const skip = !(has('systemd-notify') && has('python3')) && 'systemd-notify or python3 is not installed'

test('systemd is told when the service is ready, and when it stops', { skip, timeout: 60_000 }, async (t: TestContext) => {
  const scene = await openScene(t)
  const socket = join(scene.folder, 'notify')
  const receiver = spawn('python3', ['-c', RECEIVER, socket])
  t.after(() => receiver.kill())
  let heard = ''
  const listeners = new Set<() => void>()
  receiver.stdout.setEncoding('utf8').on('data', (piece: string) => {
    heard += piece
    for (const listener of listeners) listener()
  })
  const hears = async (words: RegExp): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const look = (): void => {
      if (words.test(heard)) resolve()
    }
    listeners.add(look)
    look()
    await promise
  }
  await hears(/here/)
  const service = scene.start(['service', '--no-web', ...ANY], { env: { NOTIFY_SOCKET: socket } })
  await hears(/READY=1/)
  service.kill('SIGTERM')
  await hears(/STOPPING=1/)
  assert.ok([0, 130].includes((await service.ended).code ?? -1))
})
