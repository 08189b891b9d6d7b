import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ServiceError } from '../../errors.ts'
import { explained } from './database-errors.ts'

test('a question that the owner of the database or its system breaks off is no bug of the program: it is asked again', () => {
  for (const [code, message] of [
    ['57014', 'canceling statement due to user request'],
    ['58030', 'could not read block 3 in file "base/16384/2601": Input/output error'],
  ] as const)
    assert.ok(explained(Object.assign(new Error(message), { code })) instanceof ServiceError, code)
})

test('a database that says itself what is wrong is not asked whether it runs', () => {
  const hintOf = (code: string): string => String((explained(Object.assign(new Error('no'), { code })) as ServiceError).hint)
  assert.match(hintOf('53300'), /max_connections/)
  assert.match(hintOf('25006'), /standby/)
  assert.match(hintOf('ECONNREFUSED'), /Is PostgreSQL running\?$/)
})
