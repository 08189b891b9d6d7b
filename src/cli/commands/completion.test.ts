import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fakeIo } from '../../../test/support/fake-io.ts'
import { main } from '../main.ts'

test('the script goes to standard output alone, also with --quiet, and asks for no configuration', async () => {
  for (const argv of [
    ['completion', 'Bash'],
    ['--quiet', 'completion', 'bash'],
  ]) {
    const io = fakeIo()
    assert.equal(await main(argv, io), 0)
    assert.match(io.stdout.text, /^# bash completion[\s\S]*\ncomplete .*\n$/)
    assert.equal(io.stderr.text, '')
  }
})

test('with --json standard output holds the summary alone', async () => {
  const io = fakeIo()
  assert.equal(await main(['completion', 'zsh', '--json'], io), 0)
  assert.match(io.stderr.text, /^#compdef/)
  assert.partialDeepStrictEqual(JSON.parse(io.stdout.text), { event: 'summary', exitCode: 0, items: 0 })
})

test('an unknown shell is exit code 2, with the shells that there are', async () => {
  const io = fakeIo()
  assert.equal(await main(['completion', 'tcsh'], io), 2)
  assert.match(io.stderr.text, /bash, zsh, fish, powershell/)
  assert.equal(io.stdout.text, '')
})
