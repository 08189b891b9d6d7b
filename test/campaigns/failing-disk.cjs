/**
 * Wraps `fs`: of all calls that concern a folder, the n-th fails. With KILLED as the error, only calls that change something count, and the
 * process dies at the n-th of them, before that is done. Loaded into a process before the program, it takes FAULT_FOLDER, FAULT_ON (a
 * pattern: only calls that match count), FAULT_AT (0: none), FAULT_CODE and FAULT_LOG, the file that gets the number of calls and the call that
 * failed. Inside a process: `arm` and `disarm`.
 */
'use strict'
const fs = require('node:fs')
const { constants } = require('node:os')
const { syncBuiltinESMExports } = require('node:module')

const { FAULT_FOLDER = '', FAULT_ON = '', FAULT_AT = '0', FAULT_CODE = 'EIO', FAULT_LOG = '' } = process.env
const original = { writeFileSync: fs.writeFileSync }
/** Descriptors of files in the folder. */
const inside = new Set()
let folder = FAULT_FOLDER
let at = Number(FAULT_AT)
let code = FAULT_CODE
let calls = 0
let struck = ''
/** The calls, in order. */
let heard = []
/** Only calls that this matches count. */
let on = new RegExp(FAULT_ON)

/** Begins to count anew, for the files of one folder. */
const arm = (disk) => {
  ;({ folder, at, code, on } = disk)
  ;[calls, struck, heard] = [0, '', []]
}

/** Lets every call through again. Returns the number of calls, all of them by name, and the one that failed. */
const disarm = () => {
  folder = ''
  return { calls, struck, heard }
}

const report = () => original.writeFileSync(FAULT_LOG, JSON.stringify({ calls, struck }))

const concerns = (subject) => {
  if (folder === '') return false
  if (typeof subject === 'number') return inside.has(subject)
  const path = subject instanceof URL ? subject.pathname : String(subject)
  return path === folder || path.startsWith(`${folder}/`)
}

/** The wrapper with everything that hangs on the function, such as the shape of what its promise brings. */
const like = (real, wrapper) => Object.defineProperties(wrapper, Object.getOwnPropertyDescriptors(real))

const READING =
  /^(?:handle\.)?(?:l?stat|fstat|read|readv|readdir|readFile|realpath|readlink|opendir|access|statfs|f?(?:data)?sync)(?:Sync)?$/
const { O_WRONLY, O_RDWR, O_CREAT } = fs.constants

/** Does a call change anything on the disk? */
const changes = (name, flags) => {
  if (name !== 'open' && name !== 'openSync') return !READING.test(name)
  return typeof flags === 'number' ? (flags & (O_WRONLY | O_RDWR | O_CREAT)) !== 0 : /[wa+]/.test(String(flags ?? 'r'))
}

/** The error of this call, if it is its turn. */
const fault = (name, subject, flags) => {
  if (code === 'KILLED' && !changes(name, flags)) return undefined
  const call = `${name} ${String(subject).slice(folder.length)}`
  heard.push(call)
  if (on?.test(call) === false) return undefined
  calls += 1
  if (calls !== at) return undefined
  struck = call
  if (code === 'KILLED') {
    report()
    process.kill(process.pid, 'SIGKILL')
  }
  const text = `${code}: injected, ${name} '${subject}'`
  // As Node has it: an error of an open file names no path.
  const place = typeof subject === 'number' || name.startsWith('handle.') ? {} : { path: String(subject) }
  const syscall = name.replace(/^handle\.|Sync$/g, '')
  return Object.assign(new Error(text), { code, errno: -constants.errno[code], syscall, ...place })
}

const PATHS = [
  'open',
  'stat',
  'lstat',
  'readdir',
  'readFile',
  'writeFile',
  'appendFile',
  'rename',
  'link',
  'symlink',
  'unlink',
  'rm',
  'mkdir',
]
PATHS.push('rmdir', 'utimes', 'lutimes', 'chmod', 'truncate', 'copyFile', 'realpath', 'readlink', 'opendir', 'access', 'statfs')
const HANDLE = [
  'read',
  'readv',
  'write',
  'writev',
  'readFile',
  'writeFile',
  'appendFile',
  'sync',
  'datasync',
  'stat',
  'utimes',
  'truncate',
  'chmod',
]
const DESCRIPTORS = ['read', 'readv', 'write', 'writev', 'fsync', 'fdatasync', 'fstat', 'futimes', 'ftruncate', 'fchmod']

const watched = (handle, path) => {
  for (const name of HANDLE) {
    const real = handle[name].bind(handle)
    handle[name] = async (...given) => {
      const error = fault(`handle.${name}`, path)
      if (error !== undefined) throw error
      return await real(...given)
    }
  }
  return handle
}

for (const name of PATHS) {
  const promised = fs.promises[name]
  if (promised !== undefined) {
    fs.promises[name] = async (subject, ...given) => {
      if (!concerns(subject)) return await promised.call(fs.promises, subject, ...given)
      const error = fault(name, subject, given[0])
      if (error !== undefined) throw error
      const result = await promised.call(fs.promises, subject, ...given)
      return name === 'open' ? watched(result, subject) : result
    }
  }
  const sync = fs[`${name}Sync`]
  fs[`${name}Sync`] = like(sync, (subject, ...given) => {
    if (!concerns(subject)) return sync.call(fs, subject, ...given)
    const error = fault(`${name}Sync`, subject, given[0])
    if (error !== undefined) throw error
    const result = sync.call(fs, subject, ...given)
    if (name === 'open') inside.add(result)
    return result
  })
  const called = fs[name]
  fs[name] = like(called, (subject, ...given) => {
    const done = given.at(-1)
    const error = concerns(subject) ? fault(name, subject, given[0]) : undefined
    if (error !== undefined) return process.nextTick(done, error)
    if (name !== 'open' || !concerns(subject)) return called.call(fs, subject, ...given)
    return called.call(fs, subject, ...given.slice(0, -1), (trouble, descriptor) => {
      if (trouble === null) inside.add(descriptor)
      done(trouble, descriptor)
    })
  })
}

for (const name of DESCRIPTORS) {
  const sync = fs[`${name}Sync`]
  fs[`${name}Sync`] = (descriptor, ...given) => {
    const error = concerns(descriptor) ? fault(`${name}Sync`, descriptor) : undefined
    if (error !== undefined) throw error
    return sync.call(fs, descriptor, ...given)
  }
  const called = fs[name]
  fs[name] = like(called, (descriptor, ...given) => {
    const error = concerns(descriptor) ? fault(name, descriptor) : undefined
    if (error !== undefined) return process.nextTick(given.at(-1), error)
    return called.call(fs, descriptor, ...given)
  })
}

const { closeSync, close } = fs
fs.closeSync = (descriptor) => {
  inside.delete(descriptor)
  return closeSync(descriptor)
}
fs.close = (descriptor, ...given) => {
  inside.delete(descriptor)
  return close(descriptor, ...given)
}
syncBuiltinESMExports()
if (FAULT_LOG !== '') process.on('exit', report)
module.exports = { arm, disarm }
