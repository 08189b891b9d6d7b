import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DestinationError } from '../errors.ts'
import { eachAccount } from './accounts.ts'
import type { CommandContext, Loaded } from './command.ts'

test('a bug with one account keeps no other from its turn, and is shown at the end', async () => {
  const accounts = ['ann', 'bob', 'eve'].map((account) => ({ account }) as Loaded)
  const context = { signal: new AbortController().signal, loadEach: async () => accounts } as unknown as CommandContext
  const ran: string[] = []
  const each = (failing: Readonly<Record<string, Error>>) =>
    eachAccount(context, async ({ account = '' }) => {
      ran.push(account)
      if (failing[account] !== undefined) throw failing[account]
      return { exitCode: 0, message: 'Complete.' }
    })
  await assert.rejects(each({ ann: new TypeError('a bug') }), /a bug/)
  assert.deepEqual(ran, ['ann', 'bob', 'eve'])
  assert.equal((await each({ bob: new DestinationError('It is not there.') })).exitCode, 5)
})
