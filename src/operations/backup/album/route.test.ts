import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { itemWith } from '../../../../test/support/item.ts'
import type { Item } from '../../../model.ts'
import type { FileRow } from '../../../vault/catalogue/rows.ts'
import type { Task } from './plan.ts'
import { largestFirst, type Route, routeOf } from './route.ts'

const file = {} as FileRow
const tasks = (facts: Partial<Item> = {}): Readonly<Record<Task['kind'], Task>> => ({
  keep: { kind: 'keep', item: itemWith(facts), name: 'x.jpg', file },
  obtain: { kind: 'obtain', item: itemWith(facts), name: 'x.jpg', because: 'new' },
  replace: { kind: 'replace', item: itemWith(facts), name: 'x.jpg', old: file },
  leave: { kind: 'leave', item: itemWith(facts), name: 'x.jpg', outcome: 'pending', reason: 'not yet' },
})

describe('the route of a task', () => {
  const own = tasks()
  const collected = tasks({ collected: true })
  const cases: readonly (readonly [task: Task, collected: 'link' | 'skip', acceptChanges: boolean, route: Route])[] = [
    [own.keep, 'link', false, 'now'],
    [own.leave, 'link', false, 'now'],
    [own.obtain, 'link', false, 'loaders'],
    [own.replace, 'link', false, 'after the brake'],
    [own.replace, 'link', true, 'loaders'],
    [own.obtain, 'skip', false, 'loaders'],
    [collected.keep, 'skip', true, 'now'],
    [collected.leave, 'skip', true, 'now'],
    [collected.obtain, 'link', false, 'loaders'],
    [collected.obtain, 'skip', false, 'after all listings'],
    [collected.replace, 'skip', true, 'after all listings'],
    [collected.replace, 'skip', false, 'after all listings'],
    [collected.replace, 'link', false, 'after the brake'],
  ]
  for (const [task, setting, acceptChanges, route] of cases) {
    const what = `${task.kind}${task.item.collected ? ', collected' : ''}, ${setting}${acceptChanges ? ', accepted' : ''}: ${route}`
    test(what, () => assert.equal(routeOf(task, { collected: setting, acceptChanges }), route))
  }
})

test('the largest files begin, after what needs no bytes', () => {
  const sized = (name: string, size: number): Task => ({
    kind: 'obtain',
    item: itemWith({ availability: { kind: 'ready', source: { url: 'u', grade: 'original', size } } }),
    name,
    because: 'new',
  })
  const order = largestFirst([sized('small', 1), sized('large', 9), { ...tasks().keep, name: 'kept' }, sized('middle', 5)])
  assert.deepEqual(
    order.map(({ name }) => name),
    ['kept', 'large', 'middle', 'small'],
  )
})
