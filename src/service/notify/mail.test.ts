/** Mail servers as they are: with a certificate of their own, with people whom they do not know, and busy. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { startMailReceiver } from '../../../test/support/receivers.ts'
import { defaultSettings } from '../../config/settings.ts'
import { type Delivery, openSender, testNotify } from './notifier.ts'

const NEWS = { kind: 'incomplete', state: 'began', title: 'A title', text: 'A text.', at: 0 } as const

/** Sends one message, and returns whether it went out, and what was said. */
async function send(url: string): Promise<{ readonly isOut: boolean | undefined; readonly said: readonly Delivery[] }> {
  const said: Delivery[] = []
  const sender = openSender({
    settings: { ...defaultSettings, notifyUrls: [url] },
    env: {},
    failed: (lost) => said.push(lost),
  })
  return { isOut: await sender?.(NEWS), said }
}

test('people whom the server refuses are said, and the others get their mail once', async (t) => {
  const { port, mails } = await startMailReceiver(t, undefined, { refuses: 'b@example.org' })
  const url = `smtp://127.0.0.1:${port}/?from=nas@example.org&to=a@example.org&to=b@example.org`
  const trouble = 'was refused for 1 of 2 people'
  assert.deepEqual(await send(url), { isOut: true, said: [{ way: 'mail by 127.0.0.1', trouble, isPartly: true }] })
  assert.deepEqual(
    mails.map(({ to }) => to),
    [['a@example.org']],
  )
  const [delivery] = await testNotify({ settings: { ...defaultSettings, notifyUrls: [url] }, env: {} }, 0)
  assert.equal(delivery?.trouble, trouble)
})

test('a server that cannot check a password now does not refuse it', async (t) => {
  const { port } = await startMailReceiver(t, undefined, { signIn: '454 later' })
  const { said } = await send(`smtp://me:pw@127.0.0.1:${port}/?from=a@example.org&to=b@example.org`)
  assert.deepEqual(said, [{ way: 'mail by 127.0.0.1', trouble: 'refused the mail (454)' }])
})

const noOpenssl = spawnSync('openssl', ['version']).status === 0 ? false : 'openssl is not installed'

/** Makes a certificate that nobody else trusts. */
function certificate(t: TestContext): { readonly key: string; readonly cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'certificate-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1', '-subj', '/CN=nas']
  execFileSync('openssl', ['req', '-x509', ...made, '-keyout', key, '-out', cert], { stdio: 'ignore' })
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
}

test('a server at home may seal the connection with a certificate of its own; any other one may not', { skip: noOpenssl }, async (t) => {
  const { port, mails } = await startMailReceiver(t, { user: 'me', password: 'pw' }, { sealed: certificate(t) })
  const to = `:${port}/?from=a@example.org&to=b@example.org`
  assert.deepEqual(await send(`smtp://me:pw@127.0.0.1${to}`), { isOut: true, said: [] })
  assert.equal(mails.length, 1)
  // This machine, by an address that is none of a private network.
  const { isOut, said } = await send(`smtp://me:pw@0.0.0.0${to}`)
  assert.deepEqual([isOut, mails.length], [false, 1])
  assert.match(said[0]?.trouble ?? '', /^has a certificate that is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT\)$/)
})
