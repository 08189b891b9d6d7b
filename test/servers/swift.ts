/** OpenStack Swift with its S3 interface: one node, one copy of everything, all of this user, all gone when it is stopped. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '../support/free-ports.ts'
import { answers, runTool, startDaemon } from './daemons.ts'
import type { S3Server } from './servers.ts'

/** Makes the hash ring of each kind of server, in one program: each start of Python costs a second on a busy machine. */
const RINGS = `
import sys
from swift.common.ring import RingBuilder
for kind, port in zip(('account', 'container', 'object'), sys.argv[1:]):
    builder = RingBuilder(4, 1, 1)
    builder.add_dev(dict(region=1, zone=1, weight=1, device='disk', meta='', ip='127.0.0.1', port=int(port),
                         replication_ip='127.0.0.1', replication_port=int(port)))
    builder.rebalance()
    builder.get_ring().save(kind + '.ring.gz')
`

const CLUSTER = `[swift-hash]
swift_hash_path_prefix = a
swift_hash_path_suffix = b
[storage-policy:0]
name = gold
default = yes
`

const common = (folder: string, port: number): string => `[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${port}
swift_dir = ${folder}
devices = ${folder}/node
mount_check = false
disable_fallocate = true
user = ${userInfo().username}
workers = 0
log_level = WARNING
`

const inner = (kind: string): string => `[pipeline:main]
pipeline = ${kind}-server
[app:${kind}-server]
use = egg:swift#${kind}
`

const FILTERS = ['catch_errors', 'bulk', 'symlink', 'copy', 'dlo']

const proxy = (cache: number): string => `[pipeline:main]
pipeline = catch_errors cache bulk s3api tempauth copy slo dlo symlink versioned_writes proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
allow_account_management = true
${FILTERS.map((name) => `[filter:${name}]\nuse = egg:swift#${name}\n`).join('')}
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:${cache}
[filter:s3api]
use = egg:swift#s3api
s3_acl = false
check_bucket_owner = false
location = us-east-1
dns_compliant_bucket_names = true
min_segment_size = 5242880
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:slo]
use = egg:swift#slo
min_segment_size = 1
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_object_versioning = true
`

/** Starts it in an empty folder, whose disk must take extended attributes. */
export async function startSwift(folder: string): Promise<S3Server> {
  const [account = 0, container = 0, object = 0, port = 0, cache = 0] = await freePorts(5)
  mkdirSync(join(folder, 'node', 'disk'), { recursive: true })
  writeFileSync(join(folder, 'swift.conf'), CLUSTER)
  runTool('sh', '-c', 'cd "$1" && shift && /usr/bin/python3 -c "$@"', 'sh', folder, RINGS, ...[account, container, object].map(String))
  startDaemon(folder, 'memcached', ['-u', userInfo().username, '-l', '127.0.0.1', '-p', String(cache), '-m', '32'])
  const servers = Object.entries({ account, container, object }).map(([kind, own]) => [kind, common(folder, own) + inner(kind)] as const)
  for (const [kind, text] of [...servers, ['proxy', common(folder, port) + proxy(cache)] as const]) {
    writeFileSync(join(folder, `${kind}.conf`), text)
    startDaemon(folder, `swift-${kind}-server`, [join(folder, `${kind}.conf`)])
  }
  const endpoint = `http://127.0.0.1:${port}`
  for (const each of [account, container, object]) await answers(`http://127.0.0.1:${each}/healthcheck`)
  await answers(endpoint)
  return { name: 'swift', endpoint, region: 'us-east-1', accessKeyId: 'test:tester', secretAccessKey: 'testing' }
}
