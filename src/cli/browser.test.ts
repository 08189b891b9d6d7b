import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { browserCommands, hasDisplay, openBrowser } from './browser.ts'

test('a display counts only where a person could see it', () => {
  assert.equal(hasDisplay({ platform: 'linux', env: {} }), false)
  assert.equal(hasDisplay({ platform: 'linux', env: { DISPLAY: ':0' } }), true)
  assert.equal(hasDisplay({ platform: 'linux', env: { WAYLAND_DISPLAY: 'wayland-0' } }), true)
  assert.equal(hasDisplay({ platform: 'linux', env: { BROWSER: 'w3m' } }), true)
  assert.equal(hasDisplay({ platform: 'darwin', env: {} }), true)
  assert.equal(hasDisplay({ platform: 'darwin', env: { SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' } }), false)
  assert.equal(hasDisplay({ platform: 'win32', env: {} }), true)
})

test('each system opens addresses its own way, after those that BROWSER names', () => {
  const url = 'https://x.y/?a=1&b=2'
  assert.deepEqual(browserCommands({ platform: 'darwin', env: {} }, url), [['open', url]])
  assert.deepEqual(browserCommands({ platform: 'win32', env: {} }, url), [['rundll32', 'url.dll,FileProtocolHandler', url]])
  assert.deepEqual(browserCommands({ platform: 'linux', env: { BROWSER: 'firefox --new-tab %s:w3m' } }, url), [
    ['firefox', '--new-tab', url],
    ['w3m', url],
    ['xdg-open', url],
  ])
})

test('a browser gets the whole address; one that does not start is passed over', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'browser-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const script = join(folder, 'browser')
  writeFileSync(script, `#!/bin/sh\nprintf '%s' "$1" > '${folder}/opened'\n`)
  chmodSync(script, 0o755)
  const url = 'https://x.y/?a=1&b=$(touch z)'
  const desktop = { platform: 'linux', env: { BROWSER: `${folder}/nothing:false:${script}` } } as const
  assert.equal(await openBrowser(desktop, url), true)
  assert.equal(readFileSync(join(folder, 'opened'), 'utf8'), url)
})

test('nothing but web addresses is opened', async () => {
  assert.equal(await openBrowser({ platform: 'linux', env: { BROWSER: 'true' } }, 'file:///etc/passwd'), false)
})
