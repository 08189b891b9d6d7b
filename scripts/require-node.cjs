'use strict'
// Plain JavaScript of any age: it runs on any Node, before the first TypeScript file does.
const wanted = require('../package.json').engines.node
const [needed, running] = [wanted, process.versions.node].map((version) => version.replace(/^\D+/, '').split('.').map(Number))
const missing = needed[0] > running[0] || (needed[0] === running[0] && needed[1] > running[1])

if (missing) {
  console.error(`This repository needs Node ${wanted}, and this is ${process.version} (${process.execPath}).`)
  console.error('`npm ci` brings the right one along, unless --ignore-scripts or a blocked registry kept it from doing so.')
  console.error('Run `npm ci` again without --ignore-scripts, or install a newer Node from https://nodejs.org.')
  process.exit(1)
}
