import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { albumNode, KEYS, photo } from '../../simulator/worlds/make.ts'
import { BARE, openScene } from './harness.ts'

test('a last look at all accounts of a configuration: a list each, by name, and all that is open counted', async (t) => {
  const world = { nickName: 'ann', name: 'Ann', keys: KEYS, root: [albumNode('A', [photo('a-1', { offers: 'none' })])] }
  const scene = await openScene(t, { world })
  const { apiKey, apiSecret, userToken, userSecret } = KEYS
  const section = (name: string): string => {
    const destination = join(scene.folder, name)
    mkdirSync(destination)
    return `[account.${name}]\nuser_token = "${userToken}"\nuser_secret = "${userSecret}"\ndestination = ${JSON.stringify(destination)}\n`
  }
  const keys = `[authentication]\napi_key = "${apiKey}"\napi_secret = "${apiSecret}"\n[http]\nbase_url = "${scene.simulator.apiUrl}"\n`
  const config = join(scene.folder, 'config.toml')
  writeFileSync(config, `${keys}${section('one')}${section('two')}`, { mode: 0o600 })
  const { code, lines, summary, stderr } = await scene.json(['leave', '--account', 'all', '--config', config], { env: BARE })
  assert.deepEqual([code, summary.open, summary.impossible], [3, 2, 2], summary.message)
  assert.deepEqual(
    lines.flatMap(({ event, account }) => (event === 'leave' ? [account] : [])),
    ['one', 'two'],
  )
  assert.match(stderr, /To tick off for one: only you can do this[\s\S]*To tick off for two: /)
})
