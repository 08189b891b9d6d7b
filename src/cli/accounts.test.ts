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

test('an account that an interruption keeps from its turn is named, also if the one before it ended well', async () => {
  const stop = new AbortController()
  const accounts = ['ann', 'bob'].map((account) => ({ account }) as Loaded)
  const context = { signal: stop.signal, loadEach: async () => accounts } as unknown as CommandContext
  const { exitCode, message } = await eachAccount(context, async () => {
    stop.abort()
    return { exitCode: 0, message: 'Complete.' }
  })
  assert.deepEqual([exitCode, message], [130, 'ann: Complete. bob: Interrupted before anything was done.'])
})
