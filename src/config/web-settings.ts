import { list, machine, secret, wholeNumber } from './kinds.ts'
import { optional, preset } from './setting.ts'

/** The settings of the local page. */
export const webSettings = {
  webPort: preset(8980, {
    section: 'web',
    key: 'port',
    kind: wholeNumber(0, 65_535),
    doc: 'The port of the local page; 0 takes a free one.',
    flag: { name: '--port', value: 'N' },
  }),
  webListen: optional({
    section: 'web',
    key: 'listen',
    kind: machine,
    doc: 'The address to listen on, such as `0.0.0.0` for all of this machine. Absent: only this machine itself can open the page. Another address demands `password`.',
    flag: { name: '--listen', value: 'ADDRESS' },
  }),
  webHost: preset([], {
    section: 'web',
    key: 'host',
    kind: list('a list of names such as photos.example.org', machine),
    doc: 'The names by which a proxy in front passes visitors on. A visitor who asks for another name than these, `localhost` or an address of this machine is refused.',
  }),
  webPassword: optional({
    section: 'web',
    key: 'password',
    kind: secret,
    doc: 'Opens the local page from another machine.',
  }),
}
