import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import { type HandoverRequest, runHandover } from '../../src/app/handover.ts'
import type { Event } from '../../src/events.ts'
import { readXmp } from '../../src/vault/record/xmp-read.ts'
import type { Lab } from './lab.ts'

/** Makes a folder that is removed after the test. */
export function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'smugmug-handover-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Runs a handover of the lab's vault into a new folder, or the given one. */
export async function handOver(t: TestContext, lab: Lab, request: Pick<HandoverRequest, 'target'> & Partial<HandoverRequest>) {
  const folder = request.folder ?? join(scratch(t), 'out')
  const work = lab.work()
  const outcome = await runHandover({ ...work, ...request, folder })
  return { ...outcome, folder, events: work.events as readonly Event[], read: (name: string) => readFileSync(join(folder, name), 'utf8') }
}

/** Runs the script of a handover. */
export async function runImport(place: string, env: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const child = spawn('sh', [join(place, 'import.sh'), ...args], { cwd: place, env: { PATH: process.env.PATH, HOME: place, ...env } })
  const code = new Promise<number>((resolve) => child.once('close', (status) => resolve(status ?? -1)))
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { code: await code, said: out + err }
}

/** Reads a list of the script: one JSON value a line. */
export const linesOf = (jsonl: string) =>
  jsonl
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))

/** Reads CSV by RFC 4180. */
export function readCsv(text: string): readonly (readonly string[])[] {
  const rows: string[][] = []
  const cell = /("(?:[^"]|"")*"|[^",\n]*)(,|\n|$)/gy
  let row: string[] = []
  for (let found = cell.exec(text); found !== null && cell.lastIndex <= text.length; found = cell.exec(text)) {
    const [, raw = '', end] = found
    row.push(raw.startsWith('"') ? raw.slice(1, -1).replaceAll('""', '"') : raw)
    if (end !== ',') {
      if (row.length > 1 || row[0] !== '') rows.push(row)
      row = []
    }
    if (cell.lastIndex === text.length && end !== ',') break
  }
  return rows
}

/** Is this program installed? */
export const isInstalled = (program: string, ...version: readonly string[]): boolean => spawnSync(program, version).status === 0

/** Checks a script for `sh`: that it can be read, and shellcheck's rules where that is installed. */
export function checkScript(path: string): void {
  assert.equal(spawnSync('sh', ['-n', path]).status, 0)
  if (!isInstalled('shellcheck', '--version')) return
  const { status, stdout } = spawnSync('shellcheck', ['-s', 'sh', path])
  assert.equal(status, 0, String(stdout))
}

/** The groups of properties in a sidecar that other programs read. Throws for one that is no XMP. */
export function readSidecar(text: string): Readonly<Record<string, unknown>> {
  const [description] = readXmp(text)?.descriptions ?? []
  assert.ok(description, text)
  return Object.fromEntries(description.properties.map(({ name, value }) => [/[^/#]+$/.exec(name)?.[0] ?? name, value]))
}
