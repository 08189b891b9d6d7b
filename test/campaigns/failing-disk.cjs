/**
 * Loaded into the program before it: of all calls to the disk that concern a folder, the n-th fails. FAULT_FOLDER names the folder,
 * FAULT_AT is n (0: none), FAULT_CODE the error, FAULT_LOG the file that gets the number of calls and the call that failed.
 */
'use strict'
const fs = require('node:fs')
const { constants } = require('node:os')
const { syncBuiltinESMExports } = require('node:module')

const { FAULT_FOLDER: folder = '', FAULT_AT = '0', FAULT_CODE: code = 'EIO', FAULT_LOG: log = '' } = process.env
const at = Number(FAULT_AT)
const inside = new Set()
const original = { writeFileSync: fs.writeFileSync }
let calls = 0
let struck = ''

const concerns = (subject) => {
  if (typeof subject === 'number') return inside.has(subject)
  const path = subject instanceof URL ? subject.pathname : String(subject)
  return path === folder || path.startsWith(`${folder}/`)
}

/** The wrapper with everything that hangs on the function, such as the shape of what its promise brings. */
const like = (real, wrapper) => Object.defineProperties(wrapper, Object.getOwnPropertyDescriptors(real))

/** The error of this call, if it is its turn. */
const fault = (name, subject) => {
  calls += 1
  if (calls !== at) return undefined
  struck = `${name} ${String(subject).slice(folder.length)}`
  const text = `${code}: injected, ${name} '${subject}'`
  return Object.assign(new Error(text), { code, errno: -constants.errno[code], syscall: name, path: String(subject) })
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
      const error = fault(name, subject)
      if (error !== undefined) throw error
      const result = await promised.call(fs.promises, subject, ...given)
      return name === 'open' ? watched(result, subject) : result
    }
  }
  const sync = fs[`${name}Sync`]
  fs[`${name}Sync`] = like(sync, (subject, ...given) => {
    if (!concerns(subject)) return sync.call(fs, subject, ...given)
    const error = fault(`${name}Sync`, subject)
    if (error !== undefined) throw error
    const result = sync.call(fs, subject, ...given)
    if (name === 'open') inside.add(result)
    return result
  })
  const called = fs[name]
  fs[name] = like(called, (subject, ...given) => {
    const done = given.at(-1)
    const error = concerns(subject) ? fault(name, subject) : undefined
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
process.on('exit', () => original.writeFileSync(log, JSON.stringify({ calls, struck })))
