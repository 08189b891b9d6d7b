import { resolve } from 'node:path'
import { type Kind, percent } from '../config/kinds.ts'
import { parseDuration } from '../config/schedule.ts'
import type { Emit } from '../events.ts'
import type { StopSignal, Variables } from './common.ts'
import type { TextSink } from './export.ts'

const isObject = (raw: unknown): raw is object => typeof raw === 'object' && raw !== null

const emitter: Kind<Emit> = { takes: 'a function', read: (raw) => (typeof raw === 'function' ? (raw as Emit) : undefined) }

const stopper: Kind<StopSignal> = {
  takes: 'the signal of an AbortController',
  read: (raw) =>
    isObject(raw) && 'aborted' in raw && 'addEventListener' in raw && 'removeEventListener' in raw ? (raw as StopSignal) : undefined,
}

const variables: Kind<Variables> = {
  takes: 'an object such as process.env',
  read: (raw) => (isObject(raw) && !Array.isArray(raw) ? (raw as Variables) : undefined),
}

/** The kinds of those that are no settings. */
export const SURROUNDINGS = { emit: emitter, signal: stopper, env: variables } as const

/** A share of the whole. */
export const share: Kind<number> = {
  takes: 'a percentage such as "5%", or a share over 0 and at most 1 such as 0.05',
  read: (raw) => {
    const value = typeof raw === 'number' ? raw : percent.read(raw)
    return value !== undefined && value > 0 && value <= 1 ? value : undefined
  },
}

/** Milliseconds. */
export const duration: Kind<number> = {
  takes: 'a time such as "30m" or "1h30m", or a number of milliseconds over 0',
  read: (raw) => {
    const value = typeof raw === 'string' ? parseDuration(raw) : raw
    return typeof value === 'number' && value > 0 && Number.isFinite(value) ? value : undefined
  },
}

/** The path of a folder, made absolute. */
export const folderPath: Kind<string> = {
  takes: 'the path of a folder',
  read: (raw) => (typeof raw === 'string' && raw !== '' && !raw.includes('\0') ? resolve(raw) : undefined),
}

/** The absolute path of a file, or a function. */
export const outputKind: Kind<string | TextSink> = {
  takes: 'the path of a file, or a function that takes text',
  read: (raw) => {
    if (typeof raw === 'function') return raw as TextSink
    return typeof raw === 'string' && raw !== '' && !raw.includes('\0') ? resolve(raw) : undefined
  },
}
