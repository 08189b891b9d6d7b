'use strict'

// The script that an executable starts. It loads the program piece by piece out of the executable, as Node loads it from a folder: one script with
// everything would be read whole at each start, and cost 30 MB of memory in each process.

const { dirname } = require('node:path')
const process = require('node:process')
const { getAsset } = require('node:sea')
const { compileFunction } = require('node:vm')

const loaded = new Map()

function load(name) {
  if (!name.startsWith('./')) return require(name)
  const known = loaded.get(name)
  if (known !== undefined) return known.exports
  const module = { exports: {} }
  loaded.set(name, module)
  const piece = compileFunction(getAsset(`pieces/${name.slice(2)}`, 'utf8'), ['exports', 'require', 'module', '__filename', '__dirname'], {
    filename: name,
  })
  piece(module.exports, load, module, process.execPath, dirname(process.execPath))
  return module.exports
}

// A process of its own for a module: `moduleToFork` names it. Only the program itself starts one, with a channel to it.
load(process.channel !== undefined && process.argv[2] === 'pictures-child' ? './pictures-child.cjs' : './main.cjs')
