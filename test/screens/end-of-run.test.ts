import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { smallWorld } from '../../simulator/worlds/small.ts'
import { openLab } from '../support/lab.ts'
import { assertScreen, screenAfter } from '../support/screens.ts'

describe('the screen after a first backup', () => {
  test('at 80 columns', async (t) => {
    const lab = await openLab(t, smallWorld())
    const { code, lines } = await screenAfter(lab, ['backup'], { columns: 80 })
    assertScreen('first-backup-80', lines)
    assert.equal(code, 0)
  })

  test('in a pipe', async (t) => {
    const lab = await openLab(t, smallWorld())
    const { code, lines } = await screenAfter(lab, ['backup'], { columns: 500, isTerminal: false })
    assertScreen('first-backup-piped', lines)
    assert.equal(code, 0)
  })
})
