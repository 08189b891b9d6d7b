import { holdsControls, type Kind, list, secret, wholeNumber, yesNo } from './kinds.ts'
import { readNotifyAddress } from './notify-address.ts'
import { optional, preset } from './setting.ts'

const notifyAddress: Kind<string> = {
  takes: 'an address',
  secret: true,
  read: (raw) => {
    const value = secret.read(raw)
    return value !== undefined && readNotifyAddress(value) !== undefined ? value : undefined
  },
}

const pingAddress: Kind<string> = {
  ...notifyAddress,
  takes: 'an address that begins with https:// (or http://)',
  read: (raw) => {
    const value = secret.read(raw)
    return value !== undefined && readNotifyAddress(value)?.kind === 'webhook' ? value : undefined
  },
}

const commandLine: Kind<string> = {
  takes: 'a command line',
  read: (raw) => (typeof raw === 'string' && !holdsControls(raw) ? raw : undefined),
}

/** The settings of messages about a vault. */
export const notifySettings = {
  notifyUrls: preset([], {
    section: 'notify',
    key: 'urls',
    kind: {
      ...list('a list of addresses: `smtps://user:password@host/?from=…&to=…`, `ntfy://host/topic`, `https://…`', notifyAddress),
      secret: true,
    },
    doc: 'The addresses that get a message when trouble begins and when it ends: by mail, by ntfy, or as JSON to a web hook.',
  }),
  notifyPingUrl: optional({
    section: 'notify',
    key: 'ping_url',
    kind: pingAddress,
    doc: 'The address of a watchman such as healthchecks.io: it is asked when a backup begins (`/start`), has ended well, or has not (`/fail`).',
  }),
  notifyCommand: optional({
    section: 'notify',
    key: 'command',
    kind: commandLine,
    doc: 'A command line that gets each message on its standard input, and its parts as `NOTIFY_TITLE`, `NOTIFY_TEXT`, `NOTIFY_KIND` and `NOTIFY_STATE`.',
  }),
  notifySilentDays: preset(3, {
    section: 'notify',
    key: 'silent_days',
    kind: wholeNumber(1, 365),
    doc: 'The number of days in which nothing was backed up, after which you get a message.',
  }),
  notifySuccess: preset(false, {
    section: 'notify',
    key: 'success',
    kind: yesNo,
    doc: 'Each backup that ended well is reported, too.',
  }),
}
