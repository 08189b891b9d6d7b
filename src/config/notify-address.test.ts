import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isAtHome, type NotifyAddress, readNotifyAddress, secretsOfAddress } from './notify-address.ts'

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`

describe('an address of messages', () => {
  const good: readonly (readonly [text: string, address: NotifyAddress])[] = [
    [
      'smtps://me%40example.org:p%2Fw@mail.example.org:465/?from=nas@example.org&to=a@example.org&to=b@example.org',
      {
        kind: 'mail',
        host: 'mail.example.org',
        port: 465,
        isSealed: true,
        user: 'me@example.org',
        password: 'p/w',
        from: 'nas@example.org',
        to: ['a@example.org', 'b@example.org'],
      },
    ],
    [
      'smtp://localhost:1025/?from=nas@example.org&to=a@example.org,b@example.org',
      { kind: 'mail', host: 'localhost', port: 1025, isSealed: false, from: 'nas@example.org', to: ['a@example.org', 'b@example.org'] },
    ],
    // Without a sender, a user who is a mailbox is it.
    [
      'smtps://me%40example.org:x@[::1]?to=you@example.org',
      { kind: 'mail', host: '::1', isSealed: true, user: 'me@example.org', password: 'x', from: 'me@example.org', to: ['you@example.org'] },
    ],
    ['ntfy://ntfy.sh/my-topic', { kind: 'ntfy', url: 'https://ntfy.sh/my-topic' }],
    ['ntfy://192.168.1.5:8080/my-topic/', { kind: 'ntfy', url: 'http://192.168.1.5:8080/my-topic' }],
    ['ntfy://nas/base/topic', { kind: 'ntfy', url: 'http://nas/base/topic' }],
    ['ntfy://10.example.com/topic', { kind: 'ntfy', url: 'https://10.example.com/topic' }],
    ['ntfys://127.0.0.1/topic', { kind: 'ntfy', url: 'https://127.0.0.1/topic' }],
    ['ntfy://u:p@ntfy.sh/t', { kind: 'ntfy', url: 'https://ntfy.sh/t', authorization: basic('u:p') }],
    ['ntfy://:tk_abc@ntfy.sh/t', { kind: 'ntfy', url: 'https://ntfy.sh/t', authorization: 'Bearer tk_abc' }],
    ['https://hooks.example.org/a/b?c=d', { kind: 'webhook', url: 'https://hooks.example.org/a/b?c=d' }],
    ['http://u:p@127.0.0.1:9/x', { kind: 'webhook', url: 'http://127.0.0.1:9/x', authorization: basic('u:p') }],
  ]
  for (const [text, address] of good) test(`${text} is read`, () => assert.deepEqual(readNotifyAddress(text), address))

  const bad: readonly string[] = [
    ...['', 'mail.example.org', 'ftp://example.org/', 'https://', 'javascript:alert(1)', 'file:///etc/passwd'],
    ...['smtps://mail.example.org/', 'smtps://mail.example.org/?from=a@b', 'smtps://mail.example.org/?from=a&to=b@c'],
    'smtp://mail.example.org/?from=a@b&to=c@d%0d%0aBcc:e@f',
    ...['ntfy://ntfy.sh', 'ntfy://ntfy.sh/', 'https://u:%zz@example.org/', 'ntfy://ntfy.sh/a\nb'],
  ]
  for (const text of bad) test(`${JSON.stringify(text)} is none`, () => assert.equal(readNotifyAddress(text), undefined))

  test('is at home on this machine and in a private network, and not by a name that begins as such an address does', () => {
    for (const host of ['nas', 'localhost', 'nas.local', '10.1.2.3', '172.16.0.1', '[::1]', '::1', 'fd00::1'])
      assert.ok(isAtHome(host), host)
    for (const host of ['10.example.com', '127.example.com', '172.32.0.1', '2001:db8::1']) assert.ok(!isAtHome(host), host)
  })

  test('its secrets are all of it, its password in either spelling, and a long path', () => {
    const text = 'https://u:p%2Fw@hooks.example.org/services/T0000/B0000/XXXX'
    const secrets = secretsOfAddress(text)
    for (const part of [text, 'p%2Fw', 'p/w', 'services/T0000/B0000/XXXX']) assert.ok(secrets.includes(part), part)
    // The word may stand in any sentence.
    assert.ok(!secretsOfAddress('ntfy://ntfy.sh/photos').includes('photos'))
  })
})
