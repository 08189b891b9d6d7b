#!/usr/bin/env node
// biome-ignore-all lint/style/useNodejsImportProtocol: a Node too old to know node: must be able to read as far as the message that says so.
// biome-ignore-all lint/correctness/noInnerDeclarations: the same, for let and const.
'use strict'

var fs = require('fs')
var path = require('path')
var description = require('../package.json')

function isOlder(found, needed) {
  for (var place = 0; place < 3; place++) {
    if (found[place] !== needed[place]) return found[place] < needed[place]
  }
  return false
}

require('./prepare.cjs')

var needed = description.engines.node.replace(/[^0-9.]/g, '')

if (isOlder(process.versions.node.split('.').map(Number), needed.split('.').map(Number))) {
  process.stderr.write(
    'smugmug-backup needs Node ' +
      needed +
      ' or newer, but this is Node ' +
      process.versions.node +
      ' (' +
      process.execPath +
      ').\n' +
      'Install a newer one from https://nodejs.org, then run it again.\n',
  )
  process.exitCode = 2
} else {
  // The built program where there is one, else the sources of a checkout.
  var built = path.join(__dirname, '..', 'dist', 'program', 'main.js')
  require(fs.existsSync(built) ? built : '../src/cli/main.ts').start(description.version)
}
