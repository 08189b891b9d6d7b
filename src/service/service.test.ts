import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { defaultSettings, type Settings } from '../config/settings.ts'
import { DestinationError } from '../errors.ts'
import { DAY, FakeClock, HOUR, MINUTE } from '../flow/clock.ts'
import type { PastRun } from '../operations/outcome.ts'
import type { Facts } from './notify/news.ts'
import { Service, type ServiceNews, type ServiceOptions } from './service.ts'
import { Tasks } from './tasks.ts'

/** Each task ends with the exit code that stands in this file, and says so. */
const SCRIPT = `const code = Number(require('node:fs').readFileSync(process.env.CODE, 'utf8'))
console.log(JSON.stringify({ event: 'summary', message: 'Ended with ' + code + '.', exitCode: code }))
process.exitCode = code`

/** A service over a vault that notes nothing, with a clock of its own. */
interface Lab {
  readonly clock: FakeClock
  readonly service: Service
  readonly news: ServiceNews[]
  readonly considered: Facts[]
  settings: Settings
  /** Thrown instead of the runs of the vault. */
  away: Error | undefined
  ends(code: number): void
  /** Lets time pass until news of this kind came this number of times in all. */
  until(kind: ServiceNews['kind'], times: number): Promise<void>
  stop(): Promise<void>
}

function openLab(t: TestContext, more: Partial<ServiceOptions> = {}): Lab {
  const folder = mkdtempSync(join(tmpdir(), 'smugmug-backup-service-'))
  const code = join(folder, 'code')
  const clock = new FakeClock()
  const controller = new AbortController()
  const news: ServiceNews[] = []
  const considered: Facts[] = []
  const program = { command: process.execPath, before: ['--eval', SCRIPT, '--'], options: [], env: { CODE: code } }
  const lab: Lab = {
    clock,
    news,
    considered,
    settings: { ...defaultSettings, destination: folder, serviceEvery: DAY, serviceVerifyDays: 0 },
    away: undefined,
    ends: (number) => writeFileSync(code, String(number)),
    until: async (kind, times) => {
      let minutes = 0
      while (count(lab, kind) < times) {
        assert.ok(minutes < 60 * 24 * 30, `${kind} was not said ${times} times: ${JSON.stringify(news.slice(-5))}`)
        // While a task runs, no time passes: its process has a clock of its own.
        const step = clock.sleeping === 0 ? 0 : 1
        minutes += step
        await clock.advance(step * MINUTE)
      }
    },
    stop: async () => {
      controller.abort()
      await running
    },
    service: new Service({
      tasks: new Tasks(program, () => clock.now()),
      clock,
      signal: controller.signal,
      seed: 's',
      load: async () => lab.settings,
      state: () => String(clock.now()),
      runs: async () => {
        if (lab.away !== undefined) throw lab.away
        return []
      },
      holder: () => undefined,
      standing: async () => ({ kind: 'trouble', exitCode: 5, message: 'There is no vault.' }),
      notifier: { began: () => undefined, consider: async (facts) => void considered.push(facts), close: async () => undefined },
      report: (each) => news.push(each),
      ...more,
    }),
  }
  lab.ends(0)
  const running = lab.service.run()
  t.after(async () => {
    await lab.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  return lab
}

const count = ({ news }: Lab, kind: ServiceNews['kind']): number => news.filter((each) => each.kind === kind).length

describe('a service', () => {
  test('runs each day, and hands the end of each run to the notices', async (t) => {
    const lab = openLab(t)
    const start = lab.clock.now()
    await lab.until('ended', 4)
    const days = lab.news.flatMap((each) => (each.kind === 'begins' ? [(each.task.startedAt - start) / DAY] : []))
    assert.deepEqual(days.map(Math.round), [0, 1, 2, 3])
    await lab.stop()
    assert.deepEqual(
      lab.considered.flatMap(({ task }) => (task === undefined ? [] : [[task.kind, task.exitCode, task.message]])),
      Array.from({ length: 4 }, () => ['backup', 0, 'Ended with 0.']),
    )
  })

  test('waits for a changed setting after a refusal, says so each day, and goes on by itself', async (t) => {
    const lab = openLab(t)
    lab.ends(4)
    await lab.until('waits', 4)
    assert.equal(count(lab, 'begins'), 1)
    assert.match(JSON.stringify(lab.news.at(-1)), /exit code 4, because SmugMug refused the sign-in\. Ended with 4\./)
    assert.equal(lab.service.view.waiting?.exitCode, 4)
    assert.ok(lab.service.view.overdueSince !== undefined, 'three days without a good backup')
    lab.ends(0)
    lab.settings = { ...lab.settings, apiKey: 'another' }
    await lab.until('ended', 2)
    await lab.until('next', 1)
    assert.deepEqual([lab.service.view.waiting, lab.service.view.overdueSince], [undefined, undefined])
    assert.equal(count(lab, 'goes on'), 1)
  })

  test('waits for a disk that is away for a week, begins nothing meanwhile, and goes on within a minute', async (t) => {
    const lab = openLab(t)
    await lab.until('next', 1)
    lab.away = new DestinationError('The destination is away.', { hint: 'Mount it.' })
    await lab.until('waits', 8)
    assert.equal(count(lab, 'begins'), 1)
    assert.deepEqual(lab.considered.filter(({ standing, task }) => task === undefined && standing.kind === 'trouble').length >= 7, true)
    lab.away = undefined
    const back = lab.clock.now()
    await lab.until('ended', 2)
    assert.ok(lab.clock.now() - back <= 2 * MINUTE)
  })

  test('a run that found the vault in use is tried again soon, and is no failure', async (t) => {
    const lab = openLab(t)
    const start = lab.clock.now()
    lab.ends(6)
    await lab.until('ended', 3)
    assert.ok(lab.clock.now() - start < HOUR)
    lab.ends(0)
    await lab.until('next', 1)
    assert.equal(count(lab, 'waits'), 0)
  })
})

test('a way of notifying that hangs holds up no backup', async (t) => {
  let free: () => void = () => undefined
  const held = new Promise<void>((resolve) => {
    free = resolve
  })
  t.after(() => free())
  const lab = openLab(t, { notifier: { began: () => undefined, consider: () => held, close: async () => undefined } })
  await lab.until('ended', 3)
})

test('a backup that a missing disk keeps from beginning is noticed once it is due', async (t) => {
  const lab = openLab(t)
  await lab.until('ended', 1)
  lab.away = new DestinationError('The disk is away.')
  await lab.until('waits', 1)
  assert.equal(
    lab.considered.some(({ isMissed }) => isMissed),
    false,
  )
  await lab.until('waits', 3)
  assert.ok(lab.considered.some(({ isMissed, standing }) => isMissed === true && standing.kind === 'trouble'))
})

test('a run of a person is considered at once', async (t) => {
  let list: PastRun[] = []
  const lab = openLab(t, { runs: async () => list })
  await lab.until('next', 1)
  await lab.clock.advance(MINUTE)
  const before = lab.considered.length
  const at = lab.clock.now()
  list = [{ run: 7, operation: 'backup', startedAt: at, finishedAt: at, exitCode: 0, state: 'finished' } as unknown as PastRun]
  await lab.clock.advance(MINUTE)
  assert.ok(lab.considered.length > before)
})

test('a disk that refuses the look at the lock is waited for', async (t) => {
  let isAway = false
  const holder = (): undefined => {
    if (isAway) throw new DestinationError('The destination is away.', { hint: 'Mount it.' })
  }
  const lab = openLab(t, { holder })
  await lab.until('next', 1)
  isAway = true
  await lab.until('waits', 1)
  assert.deepEqual([count(lab, 'begins'), lab.service.view.waiting?.sentence], [1, 'The destination is away. Mount it.'])
  await lab.clock.advance(MINUTE)
  assert.ok(lab.considered.some(({ isMissed }) => isMissed === true))
  isAway = false
  await lab.until('ended', 2)
})

test('backups by hand are never missed, whether the vault was seen or not', async (t) => {
  for (const isSeen of [true, false]) {
    const lab = openLab(t)
    await lab.until('next', 1)
    lab.settings = { ...lab.settings, serviceEvery: 'never' }
    if (isSeen) await lab.clock.advance(MINUTE)
    lab.away = new DestinationError('The disk is away.')
    await lab.until('waits', 3)
    assert.equal(
      lab.considered.some(({ isMissed }) => isMissed),
      false,
    )
  }
})

test('a backup that waits for a person is not missed while the disk is away', async (t) => {
  const lab = openLab(t)
  lab.ends(4)
  await lab.until('waits', 1)
  lab.away = new DestinationError('The disk is away.')
  await lab.until('waits', 3)
  assert.equal(
    lab.considered.some(({ isMissed }) => isMissed),
    false,
  )
})

test('a clock that was years ahead when the service started does not keep the first backup from coming', async (t) => {
  const given: { settings?: Settings } = {}
  const load = async (): Promise<Settings> => {
    if (given.settings === undefined) throw new DestinationError('Nothing can be read yet.')
    return given.settings
  }
  const lab = openLab(t, { load })
  await lab.until('waits', 1)
  lab.clock.set(-14 * 365 * DAY)
  given.settings = lab.settings
  const start = lab.clock.now()
  await lab.until('ended', 1)
  assert.ok(lab.clock.now() - start <= HOUR)
})
