/** The local page of a lab's vault, in this process. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import * as app from '../../src/app/app.ts'
import type { Settings } from '../../src/config/settings.ts'
import { ConfigurationError } from '../../src/errors.ts'
import type { Program } from '../../src/service/own-process.ts'
import { openLocalPage } from '../../src/web/local-page.ts'
import type { Lab } from './lab.ts'

/** The open page, seen by a known visitor. */
export interface Local {
  /** Without a slash at the end. */
  readonly origin: string
  readonly headers: { readonly cookie: string; readonly origin: string; readonly 'content-type': string }
  /** Returns a fresh address with a key. */
  address(): string
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>
  /** The unexpected errors so far. */
  readonly bugs: readonly unknown[]
  /** Closes the page before the end of the test. */
  close(): Promise<void>
}

const NOTHING: Program = { command: process.execPath, before: ['--eval', ''], options: [], env: {} }

/** Opens the page of a lab's vault. It is closed after the test, which fails if anything unexpected happened. */
export async function openLocal(
  t: TestContext,
  lab: Lab,
  options: {
    readonly settings?: Partial<Settings>
    readonly program?: Program
    /** Is called whenever an answer is about to look at the vault. */
    looks?(): void
  } = {},
): Promise<Local> {
  const bugs: unknown[] = []
  const settings: Settings = { ...lab.work().settings, ...options.settings, webPort: 0 }
  const page = await openLocalPage({
    app,
    settings,
    configuration: {
      home: undefined,
      cwd: undefined,
      platform: 'linux',
      env: {},
      given: new Set(),
      load: async () => ({ settings, account: undefined, fromEnvironment: new Set() }),
      pathToWrite: () => Promise.reject(new ConfigurationError('This page writes no configuration.')),
      cronLine: (fields) => fields,
    },
    settled: () => undefined,
    program: options.program ?? NOTHING,
    request: (asked) => {
      options.looks?.()
      return { ...lab.work(), settings: asked }
    },
    now: Date.now,
    onBug: (error) => bugs.push(error),
  })
  let closed: Promise<void> | undefined
  const close = (): Promise<void> => {
    closed ??= page.close()
    return closed
  }
  t.after(async () => {
    await close()
    assert.deepEqual(bugs, [])
  })
  const welcome = await fetch(page.newAddress())
  await welcome.text()
  const cookie = welcome.headers.get('set-cookie')?.split(';')[0] ?? assert.fail('no cookie')
  const origin = new URL(page.url).origin
  const headers = { cookie, origin, 'content-type': 'application/json' }
  return {
    origin,
    headers,
    address: page.newAddress,
    bugs,
    close,
    get: (path, more = {}) => fetch(new URL(path, origin), { headers: { cookie, ...more }, redirect: 'manual' }),
  }
}
