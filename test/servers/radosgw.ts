/** Ceph's radosgw: one monitor and one disk in memory behind it, all of this user, all gone when it is stopped. */
import { randomUUID } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePorts } from '../support/free-ports.ts'
import { answers, runTool, startDaemon } from './daemons.ts'
import type { S3Server } from './servers.ts'

// Ceph refuses names over 256 bytes on its own: S3 allows 1,024, and its own prefix comes before them.
const configuration = (folder: string, { cluster, monitor, port }: { cluster: string; monitor: number; port: number }): string => `[global]
fsid = ${cluster}
mon host = v2:127.0.0.1:${monitor}
public addr = 127.0.0.1
cluster addr = 127.0.0.1
mon allow pool size one = true
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
osd objectstore = memstore
memstore device bytes = 4294967296
osd max object name len = 2048
osd max object namespace len = 512
admin socket =
run dir = ${folder}
log file = ${folder}/$name.ceph.log
keyring = ${folder}/keyring
mon data = ${folder}/mon
osd data = ${folder}/osd
[client.rgw.test]
rgw frontends = beast endpoint=127.0.0.1:${port}
rgw data = ${folder}/rgw
`

/** Starts it in an empty folder. */
export async function startRadosgw(folder: string): Promise<S3Server> {
  const [monitor = 0, port = 0] = await freePorts(2)
  const cluster = randomUUID()
  const settings = join(folder, 'ceph.conf')
  const map = join(folder, 'monmap')
  for (const name of ['mon', 'osd', 'rgw']) mkdirSync(join(folder, name))
  writeFileSync(settings, configuration(folder, { cluster, monitor, port }))
  const keyring = join(folder, 'keyring')
  const may = (...services: readonly string[]): readonly string[] => services.flatMap((service) => ['--cap', service, 'allow *'])
  writeFileSync(keyring, '')
  // The monitor takes all of these keys over when it is made: no call for each of them.
  for (const name of ['mon.', 'client.admin', 'osd.0', 'client.rgw.test']) {
    runTool('ceph-authtool', keyring, '--gen-key', '-n', name, ...may('mon', 'osd', 'mgr'))
  }
  runTool('monmaptool', '--create', '--fsid', cluster, '--addv', 'a', `[v2:127.0.0.1:${monitor}]`, map)
  runTool('ceph-mon', '-c', settings, '--mkfs', '-i', 'a', '--monmap', map, '--keyring', keyring)
  startDaemon(folder, 'ceph-mon', ['-f', '-c', settings, '-i', 'a'])
  const disk = randomUUID()
  runTool('ceph', '-c', settings, 'osd', 'new', disk)
  runTool('ceph-osd', '-c', settings, '-i', '0', '--mkfs', '--osd-uuid', disk)
  startDaemon(folder, 'ceph-osd', ['-f', '-c', settings, '-i', '0'])
  const keys = { accessKeyId: 'TESTKEY', secretAccessKey: 'TESTSECRET' }
  runTool(
    ...(['radosgw-admin', '-c', settings, 'user', 'create', '--uid=test', '--display-name=test'] as const),
    ...[`--access-key=${keys.accessKeyId}`, `--secret-key=${keys.secretAccessKey}`],
  )
  startDaemon(folder, 'radosgw', ['-f', '-c', settings, '-n', 'client.rgw.test'])
  const endpoint = `http://127.0.0.1:${port}`
  await answers(endpoint)
  return { name: 'radosgw', endpoint, region: 'us-east-1', ...keys }
}
